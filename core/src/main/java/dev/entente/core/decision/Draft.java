package dev.entente.core.decision;

import dev.entente.core.plan.PlanGraph;
import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.AttemptCount;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.Consequence;
import dev.entente.core.transaction.Custody;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.TransactionState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One decision in the making. It lives within one call of the decider and is never seen outside. */
final class Draft {
    private final GlobalTransaction before;
    private final Instant now;
    private final long random;
    private final Patience patience;
    private final List<Effect> effects = new ArrayList<>(2);
    private Plan plan;
    private @Nullable PlanGraph graph;
    private Progress progress;
    private Custody custody;
    private boolean isGated;
    private boolean isResting;
    private @Nullable Instant restUntil;

    Draft(GlobalTransaction before, Instant now, long random, Patience patience) {
        this.before = before;
        this.now = now;
        this.random = random;
        this.patience = patience;
        this.plan = before.plan();
        this.progress = before.progress();
        this.custody = before.custody();
    }

    Decision finished() {
        GlobalTransaction next =
                new GlobalTransaction(before.gid(), plan, before.createdAt(), before.deadlineAt(), progress, custody);
        return new Decision(next, effects);
    }

    // ---- what is

    String gid() {
        return before.gid();
    }

    Instant now() {
        return now;
    }

    long random() {
        return random;
    }

    Patience patience() {
        return patience;
    }

    /** Made when it is first asked for: a decision that ends a transaction needs none. */
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

    Custody custody() {
        return custody;
    }

    TransactionState state() {
        return progress.state();
    }

    /** Tells whether a running transaction can still be turned to undo. */
    boolean mayTurn() {
        return PatternPolicy.of(plan.pattern()).mayTurn() && progress.pivotRevision() == 0;
    }

    /**
     * Tells whether it is parked so that its deadline waits. It does for a reason that only people end, and for an
     * operator's park where the deadline is its end.
     */
    boolean isDeadlineHeldBack() {
        Parked parked = progress.parked();
        return (parked != null && parked.reason().ignoresDeadline())
                || (progress.isParkedByOperator() && isDeadlineTheEnd());
    }

    /** Tells whether nothing is left to call once its deadline has turned it, as with a notification. */
    boolean isDeadlineTheEnd() {
        return PatternPolicy.of(plan.pattern()).afterTurn(AbortReason.DEADLINE).isTerminal();
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
        return custody.isHeld() && custody.durableRevision() >= revision;
    }

    /** Tells whether a call may start at all. */
    boolean mayCall() {
        return custody.isHeld() && custody.pause() == null && custody.turn() == null;
    }

    boolean isGated() {
        return isGated;
    }

    boolean isResting() {
        return isResting;
    }

    @Nullable
    Instant restUntil() {
        return restUntil;
    }

    // ---- what becomes

    void set(int branch, BranchProgress changed) {
        progress = progress.withBranch(branch, changed);
    }

    void set(Custody changed) {
        custody = changed;
    }

    void set(Progress changed) {
        progress = changed;
    }

    void set(Plan changed) {
        plan = changed;
        graph = null;
    }

    /** Something must be durable before what comes next. */
    void gate() {
        isGated = true;
    }

    /** Let the row go: due then, or only by an act. */
    void rest(@Nullable Instant until) {
        isResting = true;
        restUntil = until;
    }

    void add(Effect effect) {
        effects.add(effect);
    }

    /** Removes the reason that has gone away; an operator's own mark stays. */
    void unpark(String actor, String why) {
        Parked parked = progress.parked();
        if (parked != null && parked.hasReason()) {
            record(new Fact.Unparked(actor, why));
        }
    }

    // ---- the ways an act can go

    /** The act is on record now; it is answered when that is durable. */
    void recorded() {
        recordedAt(progress.revision());
    }

    /** It is on record since that revision. */
    void recordedAt(int revision) {
        goOn();
        answeredAt(revision);
    }

    /** Answers the act when that revision is durable, and leaves a pause for another act as it is. */
    void answeredAt(int revision) {
        answeredAt(revision, progress.revision() == before.progress().revision());
    }

    /** @param isIdle whether the act changed nothing */
    void answeredAt(int revision, boolean isIdle) {
        if (!isDurable(revision)) {
            gate();
        }
        add(new Effect.Recorded(revision, isIdle));
    }

    /** Keeps new calls from leaving until the act is offered again. */
    void putOff() {
        if (custody.pause() == null) {
            set(custody.pausing(Custody.Pause.FOR_ACT));
        }
        add(new Effect.Defer());
    }

    /** Ends the pause that an act has asked for. */
    void goOn() {
        if (custody.pause() == Custody.Pause.FOR_ACT) {
            set(custody.pausing(null));
        }
    }

    // ---- what is put on record

    /** Puts a fact on record that leaves the transaction in its state. */
    void record(Fact fact) {
        record(state(), fact);
    }

    /** Puts a fact on record that leaves the transaction in that state. */
    void record(TransactionState stateAfter, Fact fact) {
        progress = Evolution.evolve(progress, plan, new HistoryEvent(now, stateAfter, fact));
    }

    /** A finished call. The same "in progress" again takes the place of the one before. */
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
            // no new fact; two branches taking turns at it would grow the history without end
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
