package dev.entente.core.decision;

import dev.entente.core.transaction.Approval;
import dev.entente.core.transaction.AttemptCount;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.ParkReason;
import java.time.Instant;

/** The progress of an approval after it was asked, decided or expired. */
final class ApprovalFold {
    private ApprovalFold() {}

    static BranchProgress asked(BranchProgress before, Branch branch, Instant at) {
        Approval approval = required(branch);
        return before.restarted(before.attempts())
                .in(BranchState.AWAITING_APPROVAL)
                .waiting(at.plus(approval.within()), null);
    }

    /** Applies a person's decision. */
    static BranchProgress decided(BranchProgress before, Fact.ApprovalDecided answer, int revision) {
        boolean isApproved = answer.isApproved();
        String error = isApproved ? "" : "rejected by " + answer.actor() + ": " + answer.detail();
        return before.called(
                        isApproved ? BranchState.DONE : BranchState.REJECTED,
                        new AttemptCount(before.attempts(), isApproved ? Outcome.SUCCEEDED : Outcome.REJECTED, error),
                        null)
                .responded(null, revision);
    }

    /** Applies the expiry. */
    static BranchProgress expired(BranchProgress before, Fact.ApprovalExpired expiry, int revision) {
        BranchState state = switch (expiry.decision()) {
            case REJECT -> BranchState.REJECTED;
            case APPROVE -> BranchState.DONE;
            case PARK -> BranchState.AWAITING_APPROVAL;
        };
        ParkReason stuck = expiry.decision() == Approval.Expiry.PARK ? ParkReason.APPROVAL_TIMED_OUT : null;
        return before.called(state, new AttemptCount(before.attempts(), Outcome.UNKNOWN, expiry.detail()), stuck)
                .responded(null, revision);
    }

    private static Approval required(Branch branch) {
        Approval approval = branch.approval();
        if (approval == null) {
            throw new IllegalArgumentException("branch '" + branch.id() + "' is not an approval");
        }
        return approval;
    }
}
