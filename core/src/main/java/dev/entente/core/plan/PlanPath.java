package dev.entente.core.plan;

import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Role;
import org.jspecify.annotations.Nullable;

/**
 * A place in a submitted plan, for findings. Creation is cheap, because only a finding builds the text.
 *
 * @param branch index in the plan; for a message, the index in its deliveries, with -1 for the check-back
 * @param role the operation, or null for the branch itself
 * @param isPreCommit whether the operation is the second forward operation
 */
public record PlanPath(
        Pattern pattern, int branch, @Nullable Role role, boolean isPreCommit) {
    public PlanPath(Pattern pattern, int branch, @Nullable Role role) {
        this(pattern, branch, role, false);
    }

    /** Returns the place of that branch in the plan as submitted. */
    public static PlanPath of(Plan plan, int branch, @Nullable Role role) {
        String continued = plan.branches().get(branch).continues();
        if (continued != null) {
            return new PlanPath(plan.pattern(), plan.indexOf(continued), role, true);
        }
        return new PlanPath(plan.pattern(), plan.pattern() == Pattern.MESSAGE ? delivery(plan, branch) : branch, role);
    }

    /**
     * Returns the index of a delivery. Branches of a message are named after deliveries, {@code delivery-1}, because
     * one delivery may have many receivers, or none yet.
     */
    private static int delivery(Plan plan, int branch) {
        if (branch == plan.checkBack()) {
            return -1;
        }
        String id = plan.branches().get(branch).id();
        if (!id.startsWith(Branch.DELIVERY)) {
            return branch - (plan.checkBack() + 1);
        }
        int dot = id.indexOf('.');
        return Integer.parseInt(id, Branch.DELIVERY.length(), dot < 0 ? id.length() : dot, 10) - 1;
    }

    /** Returns the path as users write it, {@code plan.saga.steps[1].compensate}, with that suffix. */
    public String field(String suffix) {
        String operation = role == null ? "" : "." + (isPreCommit ? Branch.PRE_COMMIT : pattern.operationName(role));
        return switch (pattern) {
                    case SAGA -> "plan.saga.steps[" + branch + "]" + operation;
                    case TCC -> "plan.tcc.branches[" + branch + "]" + operation;
                    case TWO_PHASE -> "plan.two_phase.branches[" + branch + "]" + operation;
                    // a delivery and its branch have the same path
                    case MESSAGE -> branch < 0 ? "plan.message.check_back" : "plan.message.deliveries[" + branch + "]";
                    case NOTIFICATION -> "plan.notification" + operation;
                }
                + suffix;
    }
}
