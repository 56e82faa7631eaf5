package dev.entente.core.decision;

import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.AttemptCount;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Consequence;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.OperatorPark;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Folds a fact into the progress. The decider records every fact with this class, and replay folds the stored history
 * with this class: one state machine for both. (The shape is the functional "decider": decide gives events, evolve
 * folds them; after Jérémie Chassaing.)
 */
final class Evolution {
    /**
     * The last outcome of a branch after an operator has stated that the call never happened: earlier answers do not
     * count.
     */
    static final int NOT_ANSWERED = 0;

    private Evolution() {}

    /** Returns the progress after one more fact. */
    static Progress evolve(Progress before, Plan plan, HistoryEvent event) {
        return fold(before, plan, event).in(event.stateAfter(), before.history().with(event));
    }

    /** Returns the progress with the newest fact replaced: repeated "in progress" answers stay one event. */
    static Progress evolveInPlace(Progress before, Plan plan, HistoryEvent event) {
        return fold(before, plan, event).in(event.stateAfter(), before.history().withLast(event));
    }

    private static Progress fold(Progress before, Plan plan, HistoryEvent event) {
        int revision = before.revision() + 1;
        return switch (event.fact()) {
            case Fact.Accepted _, Fact.Started _ -> before;
            case Fact.Registered _ -> before.withBranches(appended(before.branches()));
            case Fact.Called call -> before.withBranch(call.branch(), called(before.branch(call.branch()), call));
            case Fact.PivotCalled _ -> before.pivotCalledAt(revision);
            case Fact.Decided decided -> decided(before, plan, decided, event.stateAfter());
            case Fact.Parked parked -> before.parkedAs(parked(before.parked(), parked, event.time()));
            case Fact.Unparked _ -> before.withoutParkReason();
            case Fact.Retried _ ->
                before.withBranches(afterRetry(before, plan, event.time())).parkedAs(null);
            case Fact.Resumed _ ->
                before.withBranches(afterResume(before, plan, event.time())).parkedAs(null);
            case Fact.Resolved resolved -> resolved(before, plan, resolved).withoutParkReason();
            case Fact.Adopted _ -> before.withBranches(Suspicion.of(before, plan));
            case Fact.Dropped dropped -> dropped(before, dropped);
            case Fact.Finished finished -> finished(before, plan, finished, event.stateAfter());
            case Fact.ApprovalAsked asked -> asked(before, plan, asked, event.time());
            case Fact.ApprovalDecided answer ->
                answered(before.withBranch(
                        answer.branch(), ApprovalFold.decided(before.branch(answer.branch()), answer, revision)));
            case Fact.ApprovalExpired expiry ->
                before.withBranch(
                        expiry.branch(), ApprovalFold.expired(before.branch(expiry.branch()), expiry, revision));
        };
    }

    private static Progress asked(Progress before, Plan plan, Fact.ApprovalAsked asked, Instant at) {
        int index = asked.branch();
        Branch branch = plan.branches().get(index);
        return before.withBranch(index, ApprovalFold.asked(before.branch(index), branch, at));
    }

    private static Parked parked(@Nullable Parked before, Fact.Parked fact, Instant since) {
        return fact.reason() == ParkReason.BY_OPERATOR
                ? Parked.by(new OperatorPark(fact.actor(), fact.detail(), since), before)
                : new Parked(fact.reason(), fact.detail(), since, before == null ? null : before.operator());
    }

    /** Removes the park mark of an expired approval after its late answer. */
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

    private static BranchProgress called(BranchProgress before, Fact.Called call) {
        ParkReason stuck = call.consequence() instanceof Consequence.Stuck by ? by.reason() : null;
        boolean keepsState = stuck != null && !call.consequence().isTrusted();
        BranchState state = keepsState ? before.state() : stateAfterCall(before, call);
        // replay starts from a branch without a recorded call
        BranchState left = state == BranchState.PENDING ? BranchState.CALLED : state;
        return before.called(left, new AttemptCount(call.attempt(), call.outcome(), call.detail()), stuck);
    }

    private static BranchState stateAfterCall(BranchProgress before, Fact.Called call) {
        if (call.outcome() == Outcome.SUCCEEDED || call.consequence() instanceof Consequence.NothingToUndo) {
            return switch (before.role()) {
                case FORWARD -> BranchState.DONE;
                case COMPLETION -> BranchState.CONFIRMED;
                case UNDO -> BranchState.UNDONE;
            };
        }
        if (before.role() != Role.FORWARD) {
            return before.state();
        }
        if (call.consequence().isTrusted()) {
            return BranchState.REJECTED;
        }
        return call.consequence() instanceof Consequence.CausesUndo ? BranchState.FAILED : BranchState.CALLED;
    }

    /** Applies a finish. A finish with a reason is also a decision. */
    private static Progress finished(Progress before, Plan plan, Fact.Finished fact, TransactionState end) {
        if (fact.reason() == null) {
            return before.forced(!fact.actor().isEmpty());
        }
        Fact.Decided decided = new Fact.Decided(fact.reason(), fact.actor(), fact.detail());
        return decided(before, plan, decided, end).parkedAs(null);
    }

    private static Progress decided(Progress before, Plan plan, Fact.Decided fact, TransactionState next) {
        int revision = before.revision() + 1;
        if (plan.checkBack() >= 0) {
            return answered(before, plan, fact, next);
        }
        boolean completes = next == TransactionState.COMPLETING;
        BitSet neverCalled = completes || Takeovers.of(before.history()).forward() == null
                ? new BitSet()
                : NeverCalled.of(before, plan);
        List<BranchProgress> branches = new ArrayList<>(before.branches().size());
        for (int i = 0; i < before.branches().size(); i++) {
            boolean isByOthers = before.state() == TransactionState.BEGUN
                    || plan.branches().get(i).isRegistered();
            BranchProgress branch = before.branch(i);
            // only suspected, without any recorded outcome
            boolean isUncalled =
                    neverCalled.get(i) && branch.state() == BranchState.CALLED && branch.lastOutcome() == 0;
            BranchState state = isUncalled ? BranchState.SKIPPED : frozen(branch.state(), completes, isByOthers);
            branches.add(switched(branch, state, plan.branches().get(i), completes ? Role.COMPLETION : Role.UNDO));
        }
        return before.withBranches(branches).decidedAt(revision, completes ? null : reason(fact), fact.detail());
    }

    private static AbortReason reason(Fact.Decided fact) {
        if (fact.reason() == null) {
            throw new IllegalArgumentException("a decision to undo has no reason");
        }
        return fact.reason();
    }

    /** Applies the known result of a message's local transaction. A question in flight is not awaited. */
    private static Progress answered(Progress before, Plan plan, Fact.Decided fact, TransactionState next) {
        boolean isSubmitted = next == TransactionState.RUNNING;
        List<BranchProgress> branches = new ArrayList<>(before.branches());
        // without an answer, the record does not show whether a question has left
        branches.replaceAll(
                branch -> branch.called(isSubmitted ? branch.state() : unneeded(branch.state()), branch.tried(), null));
        if (isSubmitted) {
            branches.set(plan.checkBack(), branches.get(plan.checkBack()).in(BranchState.DONE));
        }
        AbortReason reason = isSubmitted ? null : reason(fact);
        return before.withBranches(branches).decidedAt(before.revision() + 1, reason, fact.detail());
    }

    private static BranchState unneeded(BranchState state) {
        return state == BranchState.PENDING || state == BranchState.CALLED ? BranchState.SKIPPED : state;
    }

    /**
     * @param isByOthers whether the client or a participant makes the forward call: the decision freezes its outcome
     */
    private static BranchState frozen(BranchState before, boolean completes, boolean isByOthers) {
        if (before != BranchState.PENDING && before != BranchState.AWAITING_APPROVAL) {
            return before;
        }
        return !isByOthers ? BranchState.SKIPPED : completes ? BranchState.DONE : BranchState.CALLED;
    }

    /** Switches a branch to its other operation. A branch without further work continues to show its forward call. */
    private static BranchProgress switched(BranchProgress before, BranchState state, Branch branch, Role role) {
        boolean isAtItsEnd = switch (state) {
            case REJECTED, SKIPPED, RESOLVED -> true;
            case PENDING, CALLED, AWAITING_APPROVAL, DONE, FAILED, CONFIRMED, UNDONE -> branch.operation(role) == null;
        };
        return isAtItsEnd ? before.restarted(before.attempts()).in(state) : before.switchedToOperation(state, role);
    }

    /**
     * Applies a dropped delivery. If the delivery was stuck, the park mark is removed too, unless the mark has another
     * reason.
     */
    private static Progress dropped(Progress before, Fact.Dropped fact) {
        BranchProgress branch = before.branch(fact.branch());
        Progress after = before.withBranch(fact.branch(), branch.called(BranchState.SKIPPED, branch.tried(), null));
        Parked parked = before.parked();
        boolean isForStuck = parked != null && !parked.reason().ignoresDeadline();
        return isForStuck && branch.stuck() != null ? after.withoutParkReason() : after;
    }

    private static Progress resolved(Progress before, Plan plan, Fact.Resolved fact) {
        return fact.isResponseOnly()
                ? MissingResponse.given(before, plan, fact.branch())
                : before.withBranch(fact.branch(), resolved(before.branch(fact.branch()), fact));
    }

    private static BranchProgress resolved(BranchProgress before, Fact.Resolved fact) {
        BranchProgress free = before.restarted(before.attempts());
        if (fact.role() != Role.FORWARD) {
            return free.in(BranchState.RESOLVED);
        }
        return switch (fact.truth()) {
            case DONE -> free.in(BranchState.DONE);
            case NEVER_HAPPENED ->
                free.called(
                        BranchState.FAILED,
                        new AttemptCount(free.attempts(), NOT_ANSWERED, "stated as never happened"),
                        null);
            case UNDONE -> free.in(BranchState.RESOLVED);
        };
    }

    /**
     * Applies a retry: waiting calls are due now, and stuck branches count their attempts from one. The number of sent
     * calls does not change.
     */
    private static List<BranchProgress> afterRetry(Progress before, Plan plan, Instant now) {
        List<BranchProgress> branches = new ArrayList<>(before.branches());
        for (int i = 0; i < branches.size(); i++) {
            BranchProgress branch = branches.get(i);
            if (branch.state() == BranchState.AWAITING_APPROVAL) {
                branches.set(i, askedAnew(branch, plan.branches().get(i), now));
            } else {
                // the history does not contain waits: the end of a wait must not change a value that replay compares
                branches.set(i, branch.stuck() == null ? branch.restarted(branch.attempts()) : free(branch, 0));
            }
        }
        return branches;
    }

    /** An open approval stays as it is; an approval that expired is requested once more. */
    private static BranchProgress askedAnew(BranchProgress awaiting, Branch branch, Instant now) {
        return awaiting.stuck() == null ? awaiting : ApprovalFold.asked(awaiting, branch, now);
    }

    /** Frees a stuck branch. A refused branch that must go forward is called again. */
    private static BranchProgress free(BranchProgress stuck, int attempts) {
        BranchProgress free = stuck.restarted(attempts);
        return free.state() == BranchState.REJECTED ? free.in(BranchState.CALLED) : free;
    }

    /**
     * Frees stuck branches for a Resume and keeps their attempts. At its limit a branch is stuck again after one more
     * attempt, which continues the count.
     */
    private static List<BranchProgress> afterResume(Progress before, Plan plan, Instant now) {
        List<BranchProgress> branches = new ArrayList<>(before.branches());
        for (int i = 0; i < branches.size(); i++) {
            BranchProgress branch = branches.get(i);
            Operation operation = plan.branches().get(i).operation(branch.role());
            if (branch.state() == BranchState.AWAITING_APPROVAL) {
                branches.set(i, askedAnew(branch, plan.branches().get(i), now));
            } else if (branch.stuck() != null && operation != null) {
                branches.set(i, free(branch, branch.attempts()));
            }
        }
        return branches;
    }
}
