package dev.entente.server.engine;

import dev.entente.core.decision.Effect;
import dev.entente.core.decision.Event;
import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.store.AuditRecord;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The actions that wait for one transaction: offered one after another, answered when their effects are durable. Used
 * only inside its mailbox.
 *
 * <p>Some actions overtake all other actions, even a deferred action ({@link TransactionRequest#overtakesDeferred}).
 */
final class PendingRequests {
    private static final int NOTHING = -1;

    private @Nullable ArrayDeque<PendingRequest> passing;
    private @Nullable ArrayDeque<PendingRequest> waiting;
    private @Nullable Offer current;
    /** The deferred action that others overtake, or null. */
    private @Nullable Offer passed;

    /** An action that the decider has received. */
    private static final class Offer {
        private final PendingRequest ask;
        private final Instant since;
        /** The history size at which the action is durable, or NOTHING while the action is deferred. */
        private int awaitedRevision = NOTHING;
        /** True if the action changed nothing: no write contains the audit entry, so the entry follows the answer. */
        private boolean isIdle;
        /**
         * True once a write contains the effect and the audit entry of the action. A later write may start before the
         * action is answered.
         */
        private boolean isAudited;

        private Offer(PendingRequest ask, Instant since) {
            this.ask = ask;
            this.since = since;
        }

        private boolean isOnRecord() {
            return awaitedRevision != NOTHING;
        }

        private Event again() {
            return new Event.Acted(ask.act(), since);
        }
    }

    void add(PendingRequest ask) {
        if (ask.act().overtakesDeferred()) {
            passing = with(ask, passing);
        } else {
            waiting = with(ask, waiting);
        }
    }

    private static ArrayDeque<PendingRequest> with(PendingRequest ask, @Nullable ArrayDeque<PendingRequest> queue) {
        ArrayDeque<PendingRequest> longer = queue == null ? new ArrayDeque<>(2) : queue;
        longer.add(ask);
        return longer;
    }

    boolean isEmpty() {
        return current == null && passed == null && isEmpty(passing) && isEmpty(waiting);
    }

    private static boolean isEmpty(@Nullable ArrayDeque<PendingRequest> queue) {
        return queue == null || queue.isEmpty();
    }

    /**
     * Returns the event that follows from the actions, or null. The event offers the next action, offers the current
     * action again, or writes its effect. While the row leaves memory, the result is null: the actions are offered
     * again after that.
     *
     * @param last null if there was no event: an action has arrived
     */
    @Nullable
    Event next(GlobalTransaction transaction, @Nullable Event last, EngineEnvironment environment) {
        if (transaction.ownership().isLeaving()) {
            return null;
        }
        Offer offer = current;
        if (offer != null && offer.isOnRecord()) {
            boolean mayFlush = !transaction.ownership().isWriting() && !(last instanceof Event.FlushDue);
            return mayFlush ? new Event.FlushDue() : null;
        }
        PendingRequest next = nextInLine();
        if (next != null) {
            passed = offer == null ? passed : offer;
            current = new Offer(next.from(transaction.progress()), environment.now());
            return new Event.Acted(next.act(), null);
        }
        if (offer == null && passed != null) {
            Offer back = passed;
            current = back;
            passed = null;
            return back.again();
        }
        return offer == null || last == null || last instanceof Event.Acted ? null : offer.again();
    }

    /**
     * Returns the next action. While another action is deferred, only an action that overtakes others is returned, one
     * at a time.
     */
    private @Nullable PendingRequest nextInLine() {
        if (current != null && passed != null) {
            return null;
        }
        PendingRequest next = passing == null ? null : passing.poll();
        boolean isPutOff = current != null || passed != null;
        return next != null || isPutOff || waiting == null ? next : waiting.poll();
    }

    /** Returns whether an action is in progress: not deferred, and not answered yet. */
    boolean isAtWork() {
        boolean isOffered = current != null && current.isOnRecord();
        return isOffered || (!isEmpty() && current == null && passed == null);
    }

    /** Records the revision with which the current action becomes durable. */
    void recorded(Effect.Recorded effect) {
        Offer offer = current;
        if (offer != null) {
            offer.awaitedRevision = effect.revision();
            offer.isIdle = effect.isIdle();
        }
    }

    void refused(Refusal refusal) {
        PendingRequest ask = take();
        if (ask != null) {
            ask.answer().completeExceptionally(refusal);
        }
    }

    /** Answers the current action if the action is durable now. */
    void answerIfDurable(int durableRevision, Supplier<Snapshot> seen) {
        Offer offer = current;
        if (offer != null && offer.isOnRecord() && durableRevision >= offer.awaitedRevision) {
            current = null;
            Snapshot now = seen.get();
            offer.ask.answer().complete(offer.isIdle ? now.unchanged() : now);
        }
    }

    /** Answers a deferred abort that has switched the transaction to undo, before the transaction leaves memory. */
    void answerCausedUndo(Supplier<Snapshot> seen) {
        Offer offer = passed == null ? current : passed;
        if (offer != null && offer.isAudited) {
            offer.ask.answer().complete(seen.get());
            passed = null;
            current = offer == current ? null : current;
        }
    }

    private @Nullable PendingRequest take() {
        Offer offer = current;
        current = null;
        return offer == null ? null : offer.ask;
    }

    /** Removes and returns all actions without an answer. */
    List<PendingRequest> takeAll() {
        if (isEmpty()) {
            return List.of();
        }
        List<PendingRequest> all = new ArrayList<>();
        if (passed != null) {
            all.add(passed.ask);
            passed = null;
        }
        PendingRequest first = take();
        if (first != null) {
            all.add(first);
        }
        if (passing != null) {
            all.addAll(passing);
            passing = null;
        }
        if (waiting != null) {
            all.addAll(waiting);
            waiting = null;
        }
        return all;
    }

    /** Returns the audit entry for the commit with the action's effect, once per action; otherwise null. */
    @Nullable
    AuditRecord takeAudit(GlobalTransaction transaction) {
        AuditRecord audit = takeAudit(current, transaction);
        return audit == null ? takeAudit(passed, transaction) : audit;
    }

    private static @Nullable AuditRecord takeAudit(@Nullable Offer offer, GlobalTransaction transaction) {
        if (offer == null
                || offer.isAudited
                || offer.isIdle
                || !(offer.isOnRecord() || containsDeferredAbort(offer.ask, transaction))) {
            return null;
        }
        offer.isAudited = true;
        PendingRequest ask = offer.ask;
        return AuditRecord.of(
                ask.act(),
                transaction.gid(),
                ask.stateBefore(),
                AuditRecord.state(transaction.progress()),
                ask.origin());
    }

    /**
     * Returns whether the write contains the decision of a deferred abort. The switch to undo happens before the abort
     * is offered again.
     */
    private static boolean containsDeferredAbort(PendingRequest ask, GlobalTransaction transaction) {
        Progress progress = transaction.progress();
        return ask.act() instanceof TransactionRequest.Abort abort
                && progress.abortReason() == (abort.byOperator() ? AbortReason.OPERATOR : AbortReason.CLIENT_ABORT)
                && progress.decidedRevision() > transaction.ownership().durableRevision();
    }
}
