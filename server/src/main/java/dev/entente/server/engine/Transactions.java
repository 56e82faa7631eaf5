package dev.entente.server.engine;

import dev.entente.core.decision.Act;
import dev.entente.core.decision.Preview;
import dev.entente.core.transaction.Fence;
import dev.entente.core.transaction.Plan;
import dev.entente.server.store.CallOrigin;
import dev.entente.server.store.WaitKind;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The requests that the outside can make of a coordinator's transactions. Thread-safe; nothing blocks. Futures fail
 * with {@link dev.entente.core.transaction.Refusal}, or with {@link HeldElsewhere} where another incarnation must be
 * asked.
 */
public interface Transactions {

    /**
     * The result of a submission.
     *
     * @param isKnown whether the gid stood already, with the same content
     */
    record Accepted(Snapshot snapshot, boolean isKnown) {}

    /**
     * Makes a new transaction durable, or finds the same one under its gid. Answered when it is durable. Another
     * content under the same gid is ENT-031; the same content is answered as by {@link #view}, whoever holds it.
     */
    CompletableFuture<Accepted> accept(Submission submission);

    /**
     * The consequence that an act would have.
     *
     * @param before the transaction as it stands, with the fence of its hold
     * @param found what the decider made of the act
     * @param isBehind whether it would wait for another act, which waits for calls under way
     * @param after the transaction as it would stand
     */
    record Previewed(Snapshot before, Preview found, boolean isBehind, Snapshot after) {
        /** When it would go on by itself; null where only an answer or an act lets it. */
        public @Nullable Instant nextAt() {
            return found.nextAt() == null ? after.dueAt() : found.nextAt();
        }
    }

    /** Does something to one transaction. Answered when it is durable. */
    default CompletableFuture<Snapshot> act(String gid, Act act) {
        return act(gid, act, CallOrigin.NONE);
    }

    /** The same of an act that is audited, for which the audit tells where the call came from. */
    default CompletableFuture<Snapshot> act(String gid, Act act, CallOrigin origin) {
        return act(gid, act, Fence.NONE, origin);
    }

    /**
     * The same of an act that was looked at before.
     *
     * @param ifFence that of the hold in which alone it may be done, else ENT-044; {@link Fence#NONE} for any
     */
    CompletableFuture<Snapshot> act(String gid, Act act, long ifFence, CallOrigin origin);

    /**
     * The consequence that an act would have now. Nothing is done. The transaction's owner alone can tell:
     * {@link HeldElsewhere}. ENT-030 if there is none.
     */
    CompletableFuture<Previewed> preview(String gid, Act act);

    /**
     * The transaction as it stands: the owner's view where it is held here, else the row's. ENT-030 if there is none.
     *
     * @param mayKnow of which transactions whoever asks may know, or null: of all. One of which it may not know is
     *     ENT-030 whoever holds it, and only after the look at its row that tells of one which does not exist
     */
    CompletableFuture<Snapshot> get(String gid, @Nullable Predicate<Plan> mayKnow);

    /** The transaction as it stands, for those who may know of all. */
    default CompletableFuture<Snapshot> get(String gid) {
        return get(gid, null);
    }

    /**
     * The transaction for those who ask nobody else: what another incarnation holds is shown as its row stands, and
     * never {@link HeldElsewhere}.
     *
     * @param mayKnow as in {@link #get(String, Predicate)}
     */
    CompletableFuture<Snapshot> view(String gid, @Nullable Predicate<Plan> mayKnow);

    /** As much as can be known here, for those who may know of all. */
    default CompletableFuture<Snapshot> view(String gid) {
        return view(gid, null);
    }

    /**
     * What keeps calls from leaving, by gid and by the branch's index in the plan: CONNECTING, CIRCUIT_OPEN,
     * IN_FLIGHT_LIMIT or NO_ROOM. Has every transaction that is held here, and no other. Looks through the calls that
     * wait: for people who ask, not for what runs.
     */
    Map<String, Map<Integer, WaitKind>> holds(Collection<String> gids);

    /** The time on which all coordinators agree, as far as it is known here. */
    Instant now();

    /**
     * The next snapshot that is terminal or parked, both durable, whoever holds it; waits without bound, so cancel it
     * when you no longer need it.
     */
    CompletableFuture<Snapshot> end(String gid);

    /**
     * Tells of each change until it is closed, first of how it stands. Changes may be coalesced. What nobody holds is
     * told of from the row, and so is what another takes over later. The listener must not block.
     */
    CompletableFuture<Watching> watch(String gid, Consumer<Snapshot> listener);

    /** A running watch. */
    interface Watching {
        void close();

        /**
         * Completes when nothing more will be told: normally after a terminal state or {@link #close}, exceptionally
         * where this coordinator cannot tell any more.
         */
        CompletableFuture<Void> over();
    }
}
