package dev.entente.core.decision;

import dev.entente.core.plan.PlanGraph;
import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.AttemptCount;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.Consequence;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Ownership;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.TransactionState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One decision in preparation. The draft is used within one call of the decider and is never visible outside. */
final class Draft {
    private final GlobalTransaction before;
    private final Instant now;
    private final long random;
    private final NoProgressLimits noProgress;
    private final List<Effect> effects = new ArrayList<>(2);
    private Plan plan;
    private @Nullable PlanGraph graph;
    private Progress progress;
    private Ownership ownership;
    private boolean needsWrite;
    private boolean isResting;
    private @Nullable Instant restUntil;

    Draft(GlobalTransaction before, Instant now, long random, NoProgressLimits noProgress) {
        this.before = before;
        this.now = now;
        this.random = random;
        this.noProgress = noProgress;
        this.plan = before.plan();
        this.progress = before.progress();
        this.ownership = before.ownership();
    }

    Decision finished() {
        GlobalTransaction next =
                new GlobalTransaction(before.gid(), plan, before.createdAt(), before.deadlineAt(), progress, ownership);
        return new Decision(next, effects);
    }

    // ---- the current state

    String gid() {
        return before.gid();
    }

    Instant now() {
        return now;
    }

    long random() {
        return random;
    }

    NoProgressLimits noProgress() {
        return noProgress;
    }

    /** Creates the graph on first use: a decision that finishes a transaction needs no graph. */
    PlanGraph graph() {
        PlanGraph known = graph;
        if (known == null) {
            known = PlanGraph.of(plan);
            graph = known;
        }
        return known;
    }

    Plan plan() {
        return plan;
    }

    Progress progress() {
        return progress;
    }

    Ownership ownership() {
        return ownership;
    }

    TransactionState state() {
        return progress.state();
    }

    /** Returns whether a running transaction can still switch to undo. */
    boolean maySwitchToUndo() {
        return PatternPolicy.of(plan.pattern()).maySwitchToUndo() && progress.pivotRevision() == 0;
    }

    /**
     * Returns whether a park suspends the deadline. A park whose reason only an operator can end suspends the deadline.
     * An operator's own park suspends the deadline if the deadline would finish the transaction.
     */
    boolean isDeadlineHeldBack() {
        Parked parked = progress.parked();
        return (parked != null && parked.reason().ignoresDeadline())
                || (progress.isParkedByOperator() && isDeadlineTheEnd());
    }

    /** Returns whether the deadline finishes the transaction without any call, as for a notification. */
    boolean isDeadlineTheEnd() {
        return PatternPolicy.of(plan.pattern())
                .stateAfterSwitch(AbortReason.DEADLINE)
                .isTerminal();
    }

    @Nullable
    Instant deadlineAt() {
        return before.deadlineAt();
    }

    Instant createdAt() {
        return before.createdAt();
    }

    boolean isPastDeadline() {
        Instant deadline = before.deadlineAt();
        return deadline != null && !now.isBefore(deadline);
    }

    boolean isDurable(int revision) {
        return ownership.isHeld() && ownership.durableRevision() >= revision;
    }

    /** Returns whether any call may start. */
    boolean mayCall() {
        return ownership.isHeld() && ownership.pause() == null && ownership.switchToUndo() == null;
    }

    boolean needsWrite() {
        return needsWrite;
    }

    boolean isResting() {
        return isResting;
    }

    @Nullable
    Instant restUntil() {
        return restUntil;
    }

    // ---- changes of the state

    void set(int branch, BranchProgress changed) {
        progress = progress.withBranch(branch, changed);
    }

    void set(Ownership changed) {
        ownership = changed;
    }

    void set(Progress changed) {
        progress = changed;
    }

    void set(Plan changed) {
        plan = changed;
        graph = null;
    }

    /** Requires a durable write before the next step. */
    void requireWrite() {
        needsWrite = true;
    }

    /** Releases the row. The row is due at that time; with null, only a request continues the transaction. */
    void rest(@Nullable Instant until) {
        isResting = true;
        restUntil = until;
    }

    void add(Effect effect) {
        effects.add(effect);
    }

    /** Removes a park reason that no longer applies; an operator's own mark stays. */
    void unpark(String actor, String why) {
        Parked parked = progress.parked();
        if (parked != null && parked.hasReason()) {
            record(new Fact.Unparked(actor, why));
        }
    }

    // ---- results of a request

    /** Answers the request once the newest fact is durable, and ends the pause for the request. */
    void recorded() {
        recordedAt(progress.revision());
    }

    /** Answers the request once that revision is durable, and ends the pause for the request. */
    void recordedAt(int revision) {
        endRequestPause();
        answeredAt(revision);
    }

    /** Answers the request once that revision is durable, and keeps the pause that another request needs. */
    void answeredAt(int revision) {
        answeredAt(revision, progress.revision() == before.progress().revision());
    }

    /** @param isIdle whether the request changed nothing */
    void answeredAt(int revision, boolean isIdle) {
        if (!isDurable(revision)) {
            requireWrite();
        }
        add(new Effect.Recorded(revision, isIdle));
    }

    /** Defers the request. No new call leaves until the request is recorded or refused. */
    void putOff() {
        if (ownership.pause() == null) {
            set(ownership.pausing(Ownership.Pause.FOR_REQUEST));
        }
        add(new Effect.Defer());
    }

    /** Ends the pause for a request. */
    void endRequestPause() {
        if (ownership.pause() == Ownership.Pause.FOR_REQUEST) {
            set(ownership.pausing(null));
        }
    }

    // ---- records

    /** Records a fact that keeps the transaction's state. */
    void record(Fact fact) {
        record(state(), fact);
    }

    /** Records a fact that moves the transaction to that state. */
    void record(TransactionState stateAfter, Fact fact) {
        progress = Evolution.evolve(progress, plan, new HistoryEvent(now, stateAfter, fact));
    }

    /** Records a finished call. A repeated "in progress" replaces the previous one. */
    void recordCall(int branch, int attempt, Outcome answer, Consequence consequence) {
        BranchProgress before = progress.branch(branch);
        int outcome = answer.code();
        String detail = answer.detail();
        String rejection = answer instanceof Outcome.Rejected no ? no.rejection() : "";
        Fact.Called call = new Fact.Called(branch, before.role(), attempt, outcome, consequence, detail, rejection);
        if (outcome == Outcome.IN_PROGRESS
                && isRepeated(call, progress.history().last())) {
            progress = Evolution.evolveInPlace(progress, plan, new HistoryEvent(now, state(), call));
        } else if (outcome != Outcome.IN_PROGRESS
                || before.lastOutcome() != Outcome.IN_PROGRESS
                || before.next().inProgressSince() == null) {
            record(call);
        } else {
            // no new fact: with two alternating branches, the history would grow without limit
            set(branch, before.called(before.state(), new AttemptCount(attempt, outcome, detail), null));
        }
    }

    private static boolean isRepeated(Fact.Called call, @Nullable HistoryEvent last) {
        return last != null
                && last.fact() instanceof Fact.Called before
                && before.branch() == call.branch()
                && before.role() == call.role()
                && before.outcome() == call.outcome();
    }
}
