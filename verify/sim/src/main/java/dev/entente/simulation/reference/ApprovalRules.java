package dev.entente.simulation.reference;

import dev.entente.simulation.reference.RulePlan.Branch;
import dev.entente.simulation.reference.RulePlan.BranchKind;
import org.jspecify.annotations.Nullable;

/** The rules of docs/patterns/approval.md. */
final class ApprovalRules {
    private ApprovalRules() {}

    /** Applies approval.md, "What it promises": a yes is durable before a call that follows from it. */
    static @Nullable String whyNotBehind(CoordinatorView view, Branch branch) {
        for (Branch before : view.plan().ancestors(branch)) {
            if (before.kind() == BranchKind.APPROVAL && !view.forward(before).isDone()) {
                return "approval.md: the approval of '" + before.id() + "' is not on record";
            }
        }
        return null;
    }

    /** Returns why the decision has no matching request of a person, or null. */
    static @Nullable String whyNotDecided(TransactionLog log, RecordEntry.ApprovalDecided decided) {
        boolean wasRequested = log.requests()
                .mayHave(request -> request.equals(new Request.Approve(decided.branch(), decided.isYes())));
        return wasRequested
                ? null
                : "'" + decided.branch() + "' is " + (decided.isYes() ? "approved" : "refused")
                        + " without a person's decision";
    }

    /** Returns why the approval expired too early, or null. {@code within} counts from the time of the question. */
    static @Nullable String whyNotExpired(TransactionLog log, RecordEntry.ApprovalExpired expired) {
        Branch branch = log.plan().branch(expired.branch());
        if (branch == null) {
            return "there is no approval '" + expired.branch() + "'";
        }
        long askedAt = log.stored().entries().stream()
                .filter(entry -> entry instanceof RecordEntry.ApprovalAsked asked
                        && asked.branch().equals(branch.id())
                        && asked.at() <= expired.at())
                .mapToLong(RecordEntry::at)
                .max()
                .orElse(Long.MAX_VALUE / 2);
        boolean isTooEarly = expired.at() < askedAt + branch.withinMillis() - log.clockErrorMillis();
        return isTooEarly ? "'" + branch.id() + "' expired before its limit of " + branch.withinMillis() + " ms" : null;
    }
}
