package dev.entente.core.decision;

import dev.entente.core.plan.PivotSide;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.Custody;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.TransactionState;
import java.time.Instant;
import java.util.Objects;

/**
 * Decides what a transaction does next. Pure: the same arguments give the same decision, and nothing else happens.
 *
 * <p>Each event is worked in, then everything that has become possible is done: calls leave, the direction turns, the
 * transaction ends, parks or goes to rest. What must be durable first is held back by a write, and looked at again when
 * the write is done. Recovery is the same path: a claimed row is a transaction to which {@link Event.Claimed} happens.
 */
public final class Decider implements Decide {
    private final Patience patience;

    public Decider() {
        this(Patience.STANDARD);
    }

    public Decider(Patience patience) {
        this.patience = patience;
    }

    @Override
    public Decision decide(GlobalTransaction transaction, Event event, Instant now, long random) {
        Draft draft = new Draft(transaction, now, random, patience);
        boolean isFlushDue = false;
        boolean isGone = false;
        switch (event) {
            case Event.Proceed _ -> {}
            case Event.FlushDue _ -> isFlushDue = true;
            case Event.DrainDue _ -> draft.set(draft.custody().pausing(Custody.Pause.FOR_DRAIN));
            case Event.Written written -> {
                isGone = draft.custody().isLeaving();
                draft.set(draft.custody().written(written.rev()));
            }
            case Event.Claimed claimed -> claim(draft, claimed);
            case Event.CallFinished finished -> Answers.take(draft, finished);
            case Event.TurnCame came -> DeliveryTurn.take(draft, came);
            case Event.Blocked blocked -> DeliveryTurn.take(draft, blocked);
            case Event.Acted acted -> Acts.take(draft, acted.act(), acted.since());
        }
        if (!isGone && !draft.custody().isLeaving()) {
            advance(draft);
            Writes.add(draft, isFlushDue);
        }
        return draft.finished();
    }

    /** Returns the progress of a transaction at the moment it is accepted. An untouched row has just that. */
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
        // nothing stands before the pivot: the accept is the write that lets its call leave
        return Evolution.evolve(progress, plan, new HistoryEvent(at, state, new Fact.PivotCalled(pivot)));
    }

    /**
     * The progress with the registration of each branch that its plan has got since: a BEGUN row gets branches without
     * being read.
     */
    public static Progress withRegistrations(Progress before, Plan plan) {
        Progress progress = before;
        for (int i = before.branches().size(); i < plan.branches().size(); i++) {
            Branch branch = plan.branches().get(i);
            Instant at = Objects.requireNonNull(branch.registeredAt(), "a declared branch behind a registered one");
            Fact.Registered registered = new Fact.Registered(i, branch.id());
            progress = Evolution.evolve(progress, plan, new HistoryEvent(at, progress.state(), registered));
        }
        return progress;
    }

    /**
     * Tells whether a forward call that was decided, and has waited since, may still leave. If not, it is to be
     * answered as not sent: then what has happened meanwhile is decided upon.
     */
    public static boolean mayStillLeave(GlobalTransaction transaction, int branch, Instant now) {
        return Forward.mayStillLeave(new Draft(transaction, now, 0, Patience.STANDARD), branch);
    }

    /** Tells whether an abort would be accepted of a transaction as it stands. */
    public static boolean mayAbort(Plan plan, Progress progress) {
        return switch (progress.state()) {
            case BEGUN -> true;
            case SCHEDULED -> !Waiting.mayHaveLeft(plan, progress);
            case RUNNING ->
                PatternPolicy.of(plan.pattern()).mayTurn()
                        && progress.pivotRevision() == 0
                        && !Forward.isDoneForGood(plan, progress);
            case COMPLETING, UNDOING, SUCCEEDED, ABORTED, GIVEN_UP -> false;
        };
    }

    /**
     * Returns the progress of a transaction that cannot be read, from the row's other columns. It waits for an operator
     * to end it.
     *
     * @param state it is in, not terminal
     * @param mark since when and why it waits
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
        DeliveryTurn.askAnew(draft);
        if (claimed.adoptions() > draft.patience().takeovers()
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
