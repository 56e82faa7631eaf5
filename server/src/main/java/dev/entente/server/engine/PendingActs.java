package dev.entente.server.engine;

import dev.entente.core.decision.Act;
import dev.entente.core.decision.Effect;
import dev.entente.core.decision.Event;
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
 * The acts that wait for one transaction: offered one after another, answered when what they did is durable. Used
 * inside its mailbox only.
 *
 * <p>Some pass all others, even one that is put off ({@link Act#passesOthers}).
 */
final class PendingActs {
    private static final int NOTHING = -1;

    private @Nullable ArrayDeque<PendingAct> passing;
    private @Nullable ArrayDeque<PendingAct> waiting;
    private @Nullable Offer current;
    /** The act that was put off and is overtaken by others, or null. */
    private @Nullable Offer passed;

    /** An act in the decider's hands. */
    private static final class Offer {
        private final PendingAct ask;
        private final Instant since;
        /** The history's size that makes it durable, or NOTHING while it is put off. */
        private int awaitedRevision = NOTHING;
        /** True where it changed nothing: the audit is told behind the answer, and no write tells it. */
        private boolean isIdle;
        /**
         * True once a write has taken along what it did, and its audit entry: a later write may leave before the act is
         * answered.
         */
        private boolean isAudited;

        private Offer(PendingAct ask, Instant since) {
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

    void add(PendingAct ask) {
        if (ask.act().passesOthers()) {
            passing = with(ask, passing);
        } else {
            waiting = with(ask, waiting);
        }
    }

    private static ArrayDeque<PendingAct> with(PendingAct ask, @Nullable ArrayDeque<PendingAct> queue) {
        ArrayDeque<PendingAct> longer = queue == null ? new ArrayDeque<>(2) : queue;
        longer.add(ask);
        return longer;
    }

    boolean isEmpty() {
        return current == null && passed == null && isEmpty(passing) && isEmpty(waiting);
    }

    private static boolean isEmpty(@Nullable ArrayDeque<PendingAct> queue) {
        return queue == null || queue.isEmpty();
    }

    /**
     * Returns the event that follows from the acts after the last one, or null. It offers the next act, offers the
     * current one again, or writes its effect. While the row leaves there is none: the acts follow it to where it goes.
     *
     * @param last null if there was none: an act has come
     */
    @Nullable
    Event next(GlobalTransaction transaction, @Nullable Event last, World world) {
        if (transaction.custody().isLeaving()) {
            return null;
        }
        Offer offer = current;
        if (offer != null && offer.isOnRecord()) {
            boolean mayFlush = !transaction.custody().isWriting() && !(last instanceof Event.FlushDue);
            return mayFlush ? new Event.FlushDue() : null;
        }
        PendingAct next = nextInLine();
        if (next != null) {
            passed = offer == null ? passed : offer;
            current = new Offer(next.from(transaction.progress()), world.now());
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

    /** While one is put off, only those that pass it, one at a time. */
    private @Nullable PendingAct nextInLine() {
        if (current != null && passed != null) {
            return null;
        }
        PendingAct next = passing == null ? null : passing.poll();
        boolean isPutOff = current != null || passed != null;
        return next != null || isPutOff || waiting == null ? next : waiting.poll();
    }

    /** Tells whether an act is neither put off nor answered: soon it is one of both. */
    boolean isAtWork() {
        boolean isOffered = current != null && current.isOnRecord();
        return isOffered || (!isEmpty() && current == null && passed == null);
    }

    /** The current act is on record: durable with that revision. */
    void recorded(Effect.Recorded effect) {
        Offer offer = current;
        if (offer != null) {
            offer.awaitedRevision = effect.revision();
            offer.isIdle = effect.isIdle();
        }
    }

    void refused(Refusal refusal) {
        PendingAct ask = take();
        if (ask != null) {
            ask.answer().completeExceptionally(refusal);
        }
    }

    /** Answers the current act, if it is durable now. */
    void answerIfDurable(int durableRevision, Supplier<Snapshot> seen) {
        Offer offer = current;
        if (offer != null && offer.isOnRecord() && durableRevision >= offer.awaitedRevision) {
            current = null;
            Snapshot now = seen.get();
            offer.ask.answer().complete(offer.isIdle ? now.unchanged() : now);
        }
    }

    /** Answers the abort that was put off and has turned the transaction, which leaves before it is offered again. */
    void answerTurned(Supplier<Snapshot> seen) {
        Offer offer = passed == null ? current : passed;
        if (offer != null && offer.isAudited) {
            offer.ask.answer().complete(seen.get());
            passed = null;
            current = offer == current ? null : current;
        }
    }

    private @Nullable PendingAct take() {
        Offer offer = current;
        current = null;
        return offer == null ? null : offer.ask;
    }

    /** All that are not answered; none is left. */
    List<PendingAct> takeAll() {
        if (isEmpty()) {
            return List.of();
        }
        List<PendingAct> all = new ArrayList<>();
        if (passed != null) {
            all.add(passed.ask);
            passed = null;
        }
        PendingAct first = take();
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

    /** The entry that goes into the same commit as what an act did, once; or null. */
    @Nullable
    AuditRecord takeAudit(GlobalTransaction transaction) {
        AuditRecord audit = takeAudit(current, transaction);
        return audit == null ? takeAudit(passed, transaction) : audit;
    }

    private static @Nullable AuditRecord takeAudit(@Nullable Offer offer, GlobalTransaction transaction) {
        if (offer == null
                || offer.isAudited
                || offer.isIdle
                || !(offer.isOnRecord() || isTurning(offer.ask, transaction))) {
            return null;
        }
        offer.isAudited = true;
        PendingAct ask = offer.ask;
        return AuditRecord.of(
                ask.act(),
                transaction.gid(),
                ask.stateBefore(),
                AuditRecord.state(transaction.progress()),
                ask.origin());
    }

    /**
     * Tells whether the write holds the decision of an abort that is put off: it turns the transaction before it is
     * offered again.
     */
    private static boolean isTurning(PendingAct ask, GlobalTransaction transaction) {
        Progress progress = transaction.progress();
        return ask.act() instanceof Act.Abort abort
                && progress.abortReason() == (abort.byOperator() ? AbortReason.OPERATOR : AbortReason.CLIENT_ABORT)
                && progress.decidedRevision() > transaction.custody().durableRevision();
    }
}
