package dev.entente.server.decision;

import dev.entente.server.transaction.AbortReason;
import dev.entente.server.transaction.Branch;
import dev.entente.server.transaction.BranchProgress;
import dev.entente.server.transaction.BranchState;
import dev.entente.server.transaction.HistoryEvent;
import dev.entente.server.transaction.HistoryKind;
import dev.entente.server.transaction.Operation;
import dev.entente.server.transaction.OperatorPark;
import dev.entente.server.transaction.Outcome;
import dev.entente.server.transaction.ParkReason;
import dev.entente.server.transaction.Parked;
import dev.entente.server.transaction.Plan;
import dev.entente.server.transaction.Progress;
import dev.entente.server.transaction.Role;
import dev.entente.server.transaction.TransactionState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Folds a fact into the progress. The decider records every fact through here, and replay folds the stored history through here: one
 * machine for both. (The shape is the functional "decider": decide gives events, evolve folds them; after Jérémie Chassaing.)
 */
final class Evolution {
    /** The last outcome of a call that an operator states as never happened: no answer to it counts. */
    static final int NOT_ANSWERED = 0;

    private Evolution() {}

    /** The progress after one more fact. */
    static Progress evolve(Progress before, Plan plan, HistoryEvent event) {
        return fold(before, plan, event).in(event.stateAfter(), before.history().with(event));
    }

    /** The same, with the fact in the place of the newest one: repeated "in progress" answers stay one event. */
    static Progress evolveInPlace(Progress before, Plan plan, HistoryEvent event) {
        return fold(before, plan, event).in(event.stateAfter(), before.history().withLast(event));
    }

    private static Progress fold(Progress before, Plan plan, HistoryEvent event) {
        int revision = before.revision() + 1;
        return switch (event.kind()) {
            case ACCEPTED, STARTED -> before;
            case BRANCH_REGISTERED -> before.withBranches(appended(before.branches()));
            case CALL_FINISHED -> before.withBranch(event.branch(), called(before.branch(event.branch()), event));
            case PIVOT_CALLED -> before.pivotCalledAt(revision);
            case DECIDED -> decided(before, plan, event, revision);
            case PARKED -> before.parkedAs(parked(before.parked(), event));
            case UNPARKED -> before.withoutParkReason();
            case RETRIED -> before.withBranches(anew(before, plan, event)).parkedAs(null);
            case RESUMED -> before.withBranches(oneMore(before, plan, event)).parkedAs(null);
            case RESOLVED -> resolved(before, plan, event).withoutParkReason();
            case ADOPTED -> before.withBranches(Suspicion.of(before, plan));
            case DROPPED -> dropped(before, event);
            case FINISHED -> finished(before, plan, event, revision);
            case APPROVAL_ASKED ->
                before.withBranch(
                        event.branch(),
                        ApprovalFold.asked(
                                before.branch(event.branch()), plan.branches().get(event.branch()), event.time()));
            case APPROVAL_DECIDED ->
                answered(before.withBranch(
                        event.branch(), ApprovalFold.decided(before.branch(event.branch()), event, revision)));
            case APPROVAL_EXPIRED ->
                before.withBranch(event.branch(), ApprovalFold.expired(before.branch(event.branch()), event, revision));
        };
    }

    private static Parked parked(@Nullable Parked before, HistoryEvent event) {
        ParkReason reason = ParkReason.of(event.reasonCode());
        return reason == ParkReason.BY_OPERATOR
                ? Parked.by(new OperatorPark(event.actor(), event.detail(), event.time()), before)
                : new Parked(reason, event.detail(), event.time(), before == null ? null : before.operator());
    }

    /** An answer that comes late takes away the mark that it was late. */
    private static Progress answered(Progress progress) {
        Parked parked = progress.parked();
        boolean isLate = parked != null && parked.reason() == ParkReason.APPROVAL_TIMED_OUT;
        return isLate ? progress.withoutParkReason() : progress;
    }

    private static List<BranchProgress> appended(List<BranchProgress> branches) {
        List<BranchProgress> more = new ArrayList<>(branches);
        more.add(BranchProgress.UNTOUCHED);
        return more;
    }

    private static BranchProgress called(BranchProgress before, HistoryEvent event) {
        boolean isStuck = has(event, HistoryEvent.STUCK);
        boolean keepsState = isStuck && !has(event, HistoryEvent.TRUSTED);
        BranchState state = keepsState ? before.state() : stateAfterCall(before, event);
        ParkReason stuck = isStuck ? ParkReason.of(event.reasonCode()) : null;
        // replay starts from a branch that was never seen leaving
        BranchState left = state == BranchState.PENDING ? BranchState.CALLED : state;
        return before.called(left, event.attempt(), event.outcomeCode(), event.detail(), stuck);
    }

    private static BranchState stateAfterCall(BranchProgress before, HistoryEvent event) {
        if (event.outcomeCode() == Outcome.SUCCEEDED || has(event, HistoryEvent.NOT_FOUND)) {
            return switch (before.role()) {
                case FORWARD -> BranchState.DONE;
                case COMPLETION -> BranchState.CONFIRMED;
                case UNDO -> BranchState.UNDONE;
            };
        }
        if (before.role() != Role.FORWARD) {
            return before.state();
        }
        if (has(event, HistoryEvent.TRUSTED)) {
            return BranchState.REJECTED;
        }
        return has(event, HistoryEvent.TURNS) ? BranchState.FAILED : BranchState.CALLED;
    }

    private static boolean has(HistoryEvent event, int flag) {
        return (event.flags() & flag) != 0;
    }

    /** An end with a reason is a decision, too. */
    private static Progress finished(Progress before, Plan plan, HistoryEvent event, int revision) {
        return event.reasonCode() == 0
                ? before.forced(!event.actor().isEmpty())
                : decided(before, plan, event, revision).parkedAs(null);
    }

    private static Progress decided(Progress before, Plan plan, HistoryEvent event, int revision) {
        if (plan.checkBack() >= 0) {
            return answered(before, plan, event, revision);
        }
        boolean completes = event.stateAfter() == TransactionState.COMPLETING;
        BitSet unreached = completes || Takeovers.of(before.history()).forward() == null
                ? new BitSet()
                : Unreached.of(before, plan);
        List<BranchProgress> branches = new ArrayList<>(before.branches().size());
        for (int i = 0; i < before.branches().size(); i++) {
            boolean isByOthers = before.state() == TransactionState.BEGUN
                    || plan.branches().get(i).isRegistered();
            BranchProgress branch = before.branch(i);
            // only suspected: had it been called, more would be on record
            boolean isUncalled = unreached.get(i) && branch.state() == BranchState.CALLED && branch.lastOutcome() == 0;
            BranchState state = isUncalled ? BranchState.SKIPPED : frozen(branch.state(), completes, isByOthers);
            branches.add(turned(branch, state, plan.branches().get(i), completes ? Role.COMPLETION : Role.UNDO));
        }
        AbortReason reason = completes ? null : AbortReason.of(event.reasonCode());
        return before.withBranches(branches).decidedAt(revision, reason, event.detail());
    }

    /** Applies the known end of a message's local transaction. A question that is still under way is not waited for. */
    private static Progress answered(Progress before, Plan plan, HistoryEvent event, int revision) {
        boolean isSubmitted = event.stateAfter() == TransactionState.RUNNING;
        List<BranchProgress> branches = new ArrayList<>(before.branches());
        // whether a question has left is not on record where nobody has answered it
        branches.replaceAll(branch -> branch.called(
                isSubmitted ? branch.state() : unneeded(branch.state()),
                branch.attempts(),
                branch.lastOutcome(),
                branch.lastError(),
                null));
        if (isSubmitted) {
            branches.set(plan.checkBack(), branches.get(plan.checkBack()).in(BranchState.DONE));
        }
        AbortReason reason = isSubmitted ? null : AbortReason.of(event.reasonCode());
        return before.withBranches(branches).decidedAt(revision, reason, event.detail());
    }

    private static BranchState unneeded(BranchState state) {
        return state == BranchState.PENDING || state == BranchState.CALLED ? BranchState.SKIPPED : state;
    }

    /** @param isByOthers whether the client or a participant makes the forward call: its outcome is frozen by the decision */
    private static BranchState frozen(BranchState before, boolean completes, boolean isByOthers) {
        if (before != BranchState.PENDING && before != BranchState.AWAITING_APPROVAL) {
            return before;
        }
        return !isByOthers ? BranchState.SKIPPED : completes ? BranchState.DONE : BranchState.CALLED;
    }

    /** Turns a branch to its other operation. A branch without further work goes on showing its forward call. */
    private static BranchProgress turned(BranchProgress before, BranchState state, Branch branch, Role role) {
        boolean isAtItsEnd = switch (state) {
            case REJECTED, SKIPPED, RESOLVED -> true;
            case PENDING, CALLED, AWAITING_APPROVAL, DONE, FAILED, CONFIRMED, UNDONE -> branch.operation(role) == null;
        };
        return isAtItsEnd ? before.restarted(before.attempts()).in(state) : before.turnedTo(state, role);
    }

    /**
     * Applies that a delivery was given up. If it was stuck, the park mark goes too, unless the mark has a reason of
     * its own.
     */
    private static Progress dropped(Progress before, HistoryEvent event) {
        BranchProgress branch = before.branch(event.branch());
        Progress after = before.withBranch(event.branch(), dropped(branch, event));
        Parked parked = before.parked();
        boolean isForStuck = parked != null && !parked.reason().ignoresDeadline();
        return isForStuck && branch.stuck() != null ? after.withoutParkReason() : after;
    }

    private static BranchProgress dropped(BranchProgress before, HistoryEvent event) {
        return before.called(BranchState.SKIPPED, before.attempts(), before.lastOutcome(), event.detail(), null);
    }

    private static Progress resolved(Progress before, Plan plan, HistoryEvent event) {
        BranchProgress branch = before.branch(event.branch());
        if (has(event, HistoryEvent.RESPONSE_ONLY)) {
            return MissingResponse.given(before, plan, event.branch());
        }
        return before.withBranch(event.branch(), resolved(branch, event));
    }

    private static BranchProgress resolved(BranchProgress before, HistoryEvent event) {
        BranchProgress free = before.restarted(before.attempts());
        if (event.role() != Role.FORWARD) {
            return free.in(BranchState.RESOLVED);
        }
        return switch (Act.Truth.valueOf(event.detail())) {
            case DONE -> free.in(BranchState.DONE);
            case NEVER_HAPPENED ->
                free.called(BranchState.FAILED, free.attempts(), NOT_ANSWERED, "stated as never happened", null);
            case UNDONE -> free.in(BranchState.RESOLVED);
        };
    }

    /** Retry: what waits is due now; what is stuck counts from one again. What was sent stays counted. */
    private static List<BranchProgress> anew(Progress before, Plan plan, HistoryEvent event) {
        List<BranchProgress> branches = new ArrayList<>(before.branches());
        for (int i = 0; i < branches.size(); i++) {
            BranchProgress branch = branches.get(i);
            if (branch.state() == BranchState.AWAITING_APPROVAL) {
                branches.set(i, askedAnew(branch, plan.branches().get(i), event));
            } else {
                // a wait is not on record, so it must make no difference to anything that replay compares
                branches.set(i, branch.stuck() == null ? branch.restarted(branch.attempts()) : free(branch, 0));
            }
        }
        return branches;
    }

    /** A question in time goes on being asked; one that was not answered is asked once more. */
    private static BranchProgress askedAnew(BranchProgress awaiting, Branch branch, HistoryEvent event) {
        return awaiting.stuck() == null ? awaiting : ApprovalFold.asked(awaiting, branch, event.time());
    }

    /** Frees a stuck branch. One that was refused but must go forward is called again. */
    private static BranchProgress free(BranchProgress stuck, int attempts) {
        BranchProgress free = stuck.restarted(attempts);
        return free.state() == BranchState.REJECTED ? free.in(BranchState.CALLED) : free;
    }

    /**
     * Frees what is stuck for a Resume. Attempts are kept: at its limit a branch is stuck again after one more, whose
     * number goes on counting.
     */
    private static List<BranchProgress> oneMore(Progress before, Plan plan, HistoryEvent event) {
        List<BranchProgress> branches = new ArrayList<>(before.branches());
        for (int i = 0; i < branches.size(); i++) {
            BranchProgress branch = branches.get(i);
            Operation operation = plan.branches().get(i).operation(branch.role());
            if (branch.state() == BranchState.AWAITING_APPROVAL) {
                branches.set(i, askedAnew(branch, plan.branches().get(i), event));
            } else if (branch.stuck() != null && operation != null) {
                branches.set(i, free(branch, branch.attempts()));
            }
        }
        return branches;
    }

    /** Returns the fact that a branch has joined. */
    static HistoryEvent registered(Instant at, int index, String id, TransactionState state) {
        return new HistoryEvent(HistoryKind.BRANCH_REGISTERED, at, index, Role.FORWARD, 0, 0, 0, state, 0, "", id, 0);
    }
}
