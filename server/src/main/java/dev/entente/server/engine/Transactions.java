package dev.entente.server.engine;

import dev.entente.core.decision.Preview;
import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.Fence;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Plan;
import dev.entente.server.store.CallOrigin;
import dev.entente.server.store.WaitKind;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The requests to a coordinator's transactions. Thread-safe; no method blocks. Futures fail with {@link
 * dev.entente.core.transaction.Refusal}, or with {@link OwnedElsewhere} if another incarnation must be asked.
 */
public interface Transactions {

    /**
     * The result of a submission.
     *
     * @param isKnown whether the gid already existed with the same content
     */
    record Accepted(Snapshot snapshot, boolean isKnown) {}

    /**
     * Makes a new transaction durable, or finds the existing one under its gid. The future completes when the
     * transaction is durable. Other content under the gid is ENT-031. The same content is answered as by {@link #view},
     * regardless of the owner.
     */
    CompletableFuture<Accepted> accept(Submission submission);

    /**
     * The effect that an action would have.
     *
     * @param before the current transaction, with its fence
     * @param found the decider's result for the action
     * @param isBehind whether the action would wait for another action, which waits for calls in flight
     * @param after the transaction after the action
     */
    record Previewed(Snapshot before, Preview found, boolean isBehind, Snapshot after) {
        /** Returns when the transaction would continue by itself; null if only an answer or an action continues it. */
        public @Nullable Instant nextAt() {
            return found.nextAt() == null ? after.dueAt() : found.nextAt();
        }
    }

    /** Applies an action to one transaction. The future completes when the effect is durable. */
    default CompletableFuture<Snapshot> act(String gid, TransactionRequest act) {
        return act(gid, act, CallOrigin.NONE);
    }

    /** Applies an audited action to one transaction. The audit contains the origin of the call. */
    default CompletableFuture<Snapshot> act(String gid, TransactionRequest act, CallOrigin origin) {
        return act(gid, act, Fence.NONE, origin);
    }

    /**
     * Applies an action after a preview.
     *
     * @param ifFence the fence that the owner must have, otherwise ENT-044; {@link Fence#NONE} for any fence
     */
    CompletableFuture<Snapshot> act(String gid, TransactionRequest act, long ifFence, CallOrigin origin);

    /**
     * Returns the effect that an action would have now, without executing the action. Only the transaction's owner can
     * answer; otherwise the failure is {@link OwnedElsewhere}. ENT-030 if there is no transaction.
     */
    CompletableFuture<Previewed> preview(String gid, TransactionRequest act);

    /**
     * Returns the current transaction: the owner's view if it is held here, otherwise the row. ENT-030 if there is no
     * transaction.
     *
     * @param mayKnow selects the transactions that the caller may know; null for all. Any other transaction is ENT-030,
     *     after the read that a missing row needs, too, regardless of the owner
     */
    CompletableFuture<Snapshot> get(String gid, @Nullable Predicate<Plan> mayKnow);

    /** Returns the current transaction, for callers that may know all transactions. */
    default CompletableFuture<Snapshot> get(String gid) {
        return get(gid, null);
    }

    /**
     * Returns the transaction without asking another incarnation. A transaction held elsewhere is shown from its row,
     * and {@link OwnedElsewhere} is never the answer.
     *
     * @param mayKnow as in {@link #get(String, Predicate)}
     */
    CompletableFuture<Snapshot> view(String gid, @Nullable Predicate<Plan> mayKnow);

    /** Returns as much as is known here, for callers that may know all transactions. */
    default CompletableFuture<Snapshot> view(String gid) {
        return view(gid, null);
    }

    /**
     * Returns the reasons that keep calls from leaving, by gid and by the branch's index in the plan: CONNECTING,
     * CIRCUIT_OPEN, IN_FLIGHT_LIMIT or NO_CAPACITY. Every transaction that is held here has an entry, no other has one.
     * The method scans waiting calls: use it for displays, not for processing.
     */
    Map<String, Map<Integer, WaitKind>> holds(Collection<String> gids);

    /**
     * Returns the transactions that are held here, match, and wait for a call to that participant. The method scans the
     * memory for up to some ten milliseconds: do not call it on an event loop.
     *
     * @throws dev.entente.core.transaction.Refusal if this coordinator has no lease now, so that its memory may be
     *     outdated
     */
    List<GlobalTransaction> awaiting(String participant, Predicate<GlobalTransaction> wanted);

    /** Returns the time that all coordinators share, as far as it is known here. */
    Instant now();

    /**
     * Returns the next snapshot that is terminal or parked, and durable, regardless of the owner. The future waits
     * without a limit, so cancel it when you no longer need it.
     */
    CompletableFuture<Snapshot> end(String gid);

    /**
     * Reports the current state and then each change until the watch is closed. Changes may be coalesced. The row is
     * the source while no mailbox here holds the transaction, also after a takeover. The listener must not block.
     */
    CompletableFuture<Watching> watch(String gid, Consumer<Snapshot> listener);

    /** A running watch. */
    interface Watching {
        void close();

        /**
         * Completes when no more changes will be reported: normally after a terminal state or {@link #close},
         * exceptionally if this coordinator cannot report any more.
         */
        CompletableFuture<Void> over();
    }
}
