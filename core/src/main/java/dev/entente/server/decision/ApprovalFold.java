package dev.entente.server.decision;

import dev.entente.server.transaction.Approval;
import dev.entente.server.transaction.Branch;
import dev.entente.server.transaction.BranchProgress;
import dev.entente.server.transaction.BranchState;
import dev.entente.server.transaction.HistoryEvent;
import dev.entente.server.transaction.Outcome;
import dev.entente.server.transaction.ParkReason;
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

    /** By a person. */
    static BranchProgress decided(BranchProgress before, HistoryEvent event, int revision) {
        boolean isApproved = event.outcomeCode() == Outcome.SUCCEEDED;
        String error = isApproved ? "" : "rejected by " + event.actor() + ": " + event.detail();
        return before.called(
                        isApproved ? BranchState.DONE : BranchState.REJECTED,
                        before.attempts(),
                        event.outcomeCode(),
                        error,
                        null)
                .responded(null, revision);
    }

    /** By the clock. */
    static BranchProgress expired(BranchProgress before, HistoryEvent event, int revision) {
        boolean isStuck = (event.flags() & HistoryEvent.STUCK) != 0;
        boolean turns = (event.flags() & HistoryEvent.TURNS) != 0;
        BranchState state = isStuck ? BranchState.AWAITING_APPROVAL : turns ? BranchState.REJECTED : BranchState.DONE;
        ParkReason stuck = isStuck ? ParkReason.of(event.reasonCode()) : null;
        return before.called(state, before.attempts(), event.outcomeCode(), event.detail(), stuck)
                .responded(null, revision);
    }

    private static Approval required(Branch branch) {
        Approval approval = branch.approval();
        if (approval == null) {
            throw new IllegalArgumentException("branch '" + branch.id() + "' is no approval");
        }
        return approval;
    }
}
