package dev.entente.core.decision;

import dev.entente.core.plan.PivotSide;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.Ownership;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.TransactionState;
import java.time.Instant;
import java.util.Objects;

/**
 * Decides the next steps of a transaction. Pure: equal arguments give an equal decision, without any side effect.
 *
 * <p>The decider processes an event, then does everything that has become possible: calls leave, the direction changes,
 * the transaction finishes, parks or goes to rest. A step that requires a durable fact waits for the write of the fact,
 * and is checked again after the write. Recovery uses the same path: a claimed row is a transaction with an {@link
 * Event.Claimed}.
 */
public final class Decider implements Decide {
    private final NoProgressLimits noProgress;

    public Decider() {
        this(NoProgressLimits.STANDARD);
    }

    public Decider(NoProgressLimits noProgress) {
        this.noProgress = noProgress;
    }

    @Override
    public Decision decide(GlobalTransaction transaction, Event event, Instant now, long random) {
        Draft draft = new Draft(transaction, now, random, noProgress);
        boolean isFlushDue = false;
        boolean isGone = false;
        switch (event) {
            case Event.Proceed _ -> {}
            case Event.FlushDue _ -> isFlushDue = true;
            case Event.DrainDue _ -> draft.set(draft.ownership().pausing(Ownership.Pause.FOR_DRAIN));
            case Event.Written written -> {
                isGone = draft.ownership().isLeaving();
                draft.set(draft.ownership().written(written.rev()));
            }
            case Event.Claimed claimed -> claim(draft, claimed);
            case Event.CallFinished finished -> CallResults.take(draft, finished);
            case Event.PositionReached came -> QueuePosition.take(draft, came);
            case Event.Blocked blocked -> QueuePosition.take(draft, blocked);
            case Event.Acted acted -> RequestRules.take(draft, acted.act(), acted.since());
        }
        if (!isGone && !draft.ownership().isLeaving()) {
            advance(draft);
            Writes.add(draft, isFlushDue);
        }
        return draft.finished();
    }

    /**
     * Returns the progress of a transaction at acceptance, which is also the progress of a row without a later write.
     */
    public static Progress accepted(Plan plan, TransactionState state, Instant at, long incarnation) {
        Progress progress = Progress.untouched(state, plan.declared());
        HistoryEvent accepted = new HistoryEvent(at, state, new Fact.Accepted(incarnation));
        progress = withRegistrations(Evolution.evolve(progress, plan, accepted), plan);
        int pivot = PivotSide.pivot(plan);
        if (state != TransactionState.RUNNING
                || pivot < 0
                || !plan.branches().get(pivot).after().isEmpty()) {
            return progress;
        }
        // no branch precedes the pivot: the accept is the write that lets the pivot's call leave
        return Evolution.evolve(progress, plan, new HistoryEvent(at, state, new Fact.PivotCalled(pivot)));
    }

    /**
     * Returns the progress with a registration for each branch that only the plan contains. The plan of a BEGUN row
     * gets branches while the stored progress stays unchanged.
     */
    public static Progress withRegistrations(Progress before, Plan plan) {
        Progress progress = before;
        for (int i = before.branches().size(); i < plan.branches().size(); i++) {
            Branch branch = plan.branches().get(i);
            Instant at = Objects.requireNonNull(branch.registeredAt(), "a declared branch after a registered branch");
            Fact.Registered registered = new Fact.Registered(i, branch.id());
            progress = Evolution.evolve(progress, plan, new HistoryEvent(at, progress.state(), registered));
        }
        return progress;
    }

    /**
     * Returns whether a forward call that was decided earlier, and has waited since, may still leave. If not, the
     * caller reports the call as not sent.
     */
    public static boolean mayStillLeave(GlobalTransaction transaction, int branch, Instant now) {
        return Forward.mayStillLeave(new Draft(transaction, now, 0, NoProgressLimits.STANDARD), branch);
    }

    /** Returns whether an abort would be accepted now. */
    public static boolean mayAbort(Plan plan, Progress progress) {
        return switch (progress.state()) {
            case BEGUN -> true;
            case SCHEDULED -> !Waiting.mayHaveLeft(plan, progress);
            case RUNNING ->
                PatternPolicy.of(plan.pattern()).maySwitchToUndo()
                        && progress.pivotRevision() == 0
                        && !Forward.isDoneForGood(plan, progress);
            case COMPLETING, UNDOING, SUCCEEDED, ABORTED, GIVEN_UP -> false;
        };
    }

    /**
     * Returns the progress of a transaction with an unreadable row, from the row's other columns. Only an operator can
     * finish the transaction.
     *
     * @param state the current state, not terminal
     * @param mark the time and the reason of the wait
     */
    public static Progress unreadable(Plan plan, TransactionState state, Instant createdAt, Parked mark) {
        boolean hasNotRun = state == TransactionState.BEGUN || state == TransactionState.SCHEDULED;
        return Evolution.evolve(
                accepted(plan, hasNotRun ? state : TransactionState.RUNNING, createdAt, 0),
                plan,
                new HistoryEvent(mark.since(), state, new Fact.Parked(mark.reason(), "", mark.detail())));
    }

    private static void claim(Draft draft, Event.Claimed claimed) {
        if (!claimed.isClean()) {
            draft.record(new Fact.Adopted(claimed.incarnation()));
        }
        QueuePosition.askAnew(draft);
        if (claimed.adoptions() > draft.noProgress().takeovers()
                && draft.progress().parked() == null) {
            String detail = "taken over " + claimed.adoptions() + " times without any progress";
            draft.record(new Fact.Parked(ParkReason.ADOPTED_TOO_OFTEN, "", detail));
        }
    }

    private static void advance(Draft draft) {
        switch (draft.state()) {
            case BEGUN -> Waiting.begun(draft);
            case SCHEDULED -> Waiting.scheduled(draft);
            case RUNNING -> Forward.advance(draft);
            case COMPLETING, UNDOING -> Settling.advance(draft);
            case SUCCEEDED, ABORTED, GIVEN_UP -> {}
        }
    }
}
