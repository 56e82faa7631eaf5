package dev.entente.core.plan;

import dev.entente.core.transaction.Approval;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.ErrorCode;
import java.time.Duration;

/** Checks one approval: its prompt, time limit and approvers, and that the branch has no other function. Used once. */
final class ApprovalCheck {
    private static final int LONGEST_PROMPT = 1000;
    private static final int LONGEST_PRINCIPAL = 128;
    private static final int MAX_APPROVERS = 32;

    private final PlanPath place;
    private final Limits limits;
    private final Findings findings;

    ApprovalCheck(PlanPath place, Limits limits, Findings findings) {
        this.place = place;
        this.limits = limits;
        this.findings = findings;
    }

    void check(Branch branch, Approval approval) {
        within(approval.within());
        if (approval.prompt().length() > LONGEST_PROMPT) {
            error(
                    ErrorCode.TOO_LARGE,
                    "prompt",
                    "the prompt has %s characters, at most %s are allowed"
                            .formatted(approval.prompt().length(), LONGEST_PROMPT));
        }
        approvers(approval);
        if (branch.undo() != null) {
            error(ErrorCode.NO_UNDO_UNSAID, "", "an approval has no effect to undo; leave out compensate");
        }
        if (branch.pivot() || branch.retriable()) {
            error(
                    ErrorCode.BESIDE_PIVOT,
                    "",
                    "an approval cannot be pivot or retriable, because a person may reject it");
        }
    }

    private void within(Duration within) {
        if (!within.isPositive() || within.compareTo(PlanCheck.LONGEST_DEADLINE) > 0) {
            error(
                    ErrorCode.POLICY,
                    "within",
                    "set the time limit of the approval: above zero and at most %s days"
                            .formatted(PlanCheck.LONGEST_DEADLINE.toDays()));
        }
        findings.warnOfLifetime(limits, place.field(".approval.within"), within);
    }

    private void approvers(Approval approval) {
        if (approval.approvers().size() > MAX_APPROVERS) {
            error(
                    ErrorCode.TOO_LARGE,
                    "approvers",
                    "%s approvers, at most %s are allowed"
                            .formatted(approval.approvers().size(), MAX_APPROVERS));
        }
        for (String approver : approval.approvers()) {
            if (approver.isBlank() || approver.length() > LONGEST_PRINCIPAL) {
                error(
                        ErrorCode.NAME,
                        "approvers",
                        "'%s' is not a valid principal: 1 to %s characters"
                                .formatted(Names.shortened(approver), LONGEST_PRINCIPAL));
            }
        }
    }

    private void error(ErrorCode code, String field, String message) {
        findings.add(Finding.error(code, place.field(field.isEmpty() ? ".approval" : ".approval." + field), message));
    }
}
