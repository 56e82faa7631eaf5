package dev.entente.core.decision;

import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.Approval;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.TransactionState;

/**
 * Approvals: questions to people. An approval is requested where otherwise a call would leave. A request or the clock
 * answers the approval; the first recorded answer counts. A branch behind an approval is called only after the durable
 * answer. A branch behind an open approval is therefore known never to have been called.
 */
final class Approvals {
    private Approvals() {}

    /** Requests the approval. From then on the answer is awaited, in the row if there is no other work. */
    static void ask(Draft draft, int index) {
        if (draft.ownership().isHeld()) {
            draft.record(new Fact.ApprovalAsked(index));
        } else {
            draft.requireWrite();
        }
    }

    /** Applies the expiry of approvals without an answer. A parked transaction's approvals do not expire. */
    static void expire(Draft draft) {
        if (!draft.ownership().isHeld()
                || draft.ownership().pause() != null
                || draft.progress().parked() != null) {
            return;
        }
        for (int i = 0; i < draft.progress().branches().size(); i++) {
            Approval approval = draft.plan().branches().get(i).approval();
            BranchProgress branch = draft.progress().branch(i);
            if (approval != null && branch.state() == BranchState.AWAITING_APPROVAL && Calls.isFree(draft, branch)) {
                expire(draft, i, approval);
            }
        }
    }

    private static void expire(Draft draft, int index, Approval approval) {
        String detail = "no decision within " + approval.within();
        draft.record(new Fact.ApprovalExpired(index, approval.onExpiry(), detail));
    }

    /** Records an answer. Repeating the same answer changes nothing; a different answer is too late. */
    static void decide(Draft draft, TransactionRequest.DecideApproval request) {
        int index = draft.plan().indexOf(request.branch());
        if (index < 0) {
            throw Refusal.of(ErrorCode.NOT_FOUND, "there is no branch '" + request.branch() + "'");
        }
        Approval approval = draft.plan().branches().get(index).approval();
        if (approval == null) {
            throw TransactionRequest.impossible("'" + request.branch() + "' is not an approval");
        }
        checkApprover(draft.plan(), approval, request);
        BranchProgress branch = draft.progress().branch(index);
        switch (branch.state()) {
            case AWAITING_APPROVAL -> record(draft, request, index);
            case DONE, REJECTED -> again(draft, request, branch);
            case PENDING ->
                throw TransactionRequest.impossible(
                        "the approval '" + request.branch() + "' has not been requested yet: steps before"
                                + " it are not done, or the transaction has not started");
            case CALLED, FAILED, CONFIRMED, UNDONE, SKIPPED, RESOLVED ->
                throw TransactionRequest.impossible("the approval '" + request.branch()
                        + "' is not requested any more: the transaction is " + draft.state());
        }
    }

    private static void checkApprover(Plan plan, Approval approval, TransactionRequest.DecideApproval request) {
        if (request.actor().equals(plan.submitter())) {
            throw Refusal.of(
                    ErrorCode.ROLE,
                    "a person other than " + request.actor() + " must decide '" + request.branch() + "': "
                            + request.actor() + " submitted the transaction");
        }
        if (!approval.approvers().isEmpty() && !approval.approvers().contains(request.actor())) {
            throw Refusal.of(
                    ErrorCode.ROLE,
                    "only " + String.join(", ", approval.approvers()) + " can decide '" + request.branch() + "', not "
                            + request.actor());
        }
    }

    private static void record(Draft draft, TransactionRequest.DecideApproval request, int index) {
        if (draft.state().isTerminal()) {
            throw TransactionRequest.impossible(
                    "the transaction has finished as " + draft.state() + ", which is final");
        }
        Forward.refuseIfSwitchIsLate(draft, "the approval '" + request.branch() + "' is not requested any more");
        draft.record(new Fact.ApprovalDecided(index, request.approved(), request.actor(), request.reason()));
        draft.recorded();
    }

    private static void again(Draft draft, TransactionRequest.DecideApproval request, BranchProgress branch) {
        boolean wasApproved = branch.state() == BranchState.DONE;
        if (wasApproved != request.approved()) {
            throw Refusal.of(
                    ErrorCode.APPROVAL_DECIDED,
                    "'" + request.branch() + "' is already " + (wasApproved ? "approved" : "rejected")
                            + (branch.lastOutcome() == Outcome.UNKNOWN ? ": there was no decision in time" : ""));
        }
        draft.recordedAt(branch.known().revision());
    }

    /** Returns whether the transaction waits only for approvals. */
    static boolean isAllThatIsAwaited(Progress progress) {
        boolean isAnyAsked = false;
        for (BranchProgress branch : progress.branches()) {
            boolean isAsked = branch.state() == BranchState.AWAITING_APPROVAL && branch.stuck() == null;
            boolean isAtWork = branch.state() == BranchState.CALLED || branch.isInFlight();
            if (branch.stuck() != null || isAtWork || (branch.nextAttemptAt() != null && !isAsked)) {
                return false;
            }
            isAnyAsked |= isAsked;
        }
        return isAnyAsked && progress.state() == TransactionState.RUNNING;
    }

    // ---- the meaning of an answer

    /** Returns whether all approvals that the branch waits for are given and durable. */
    static boolean areDurable(Draft draft, int index) {
        for (int earlier : draft.graph().predecessors(index)) {
            boolean isApproval = draft.plan().branches().get(earlier).approval() != null;
            if (isApproval
                    && !draft.isDurable(draft.progress().branch(earlier).known().revision())) {
                return false;
            }
        }
        return true;
    }

    static AbortReason reason(BranchProgress rejected) {
        return rejected.lastOutcome() == Outcome.UNKNOWN ? AbortReason.APPROVAL_EXPIRED : AbortReason.APPROVAL_REJECTED;
    }
}
