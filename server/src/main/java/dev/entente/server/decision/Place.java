package dev.entente.server.decision;

import dev.entente.server.transaction.Branch;
import dev.entente.server.transaction.Pattern;
import dev.entente.server.transaction.Plan;
import dev.entente.server.transaction.Role;
import org.jspecify.annotations.Nullable;

/**
 * Where in a submitted plan something stands, so that a finding can name it. Cheap to make; the text is only built for a finding.
 *
 * @param branch index in the plan
 * @param role the operation, or null for the branch itself
 * @param isPreCommit whether the operation is the second forward one
 */
public record Place(Pattern pattern, int branch, @Nullable Role role, boolean isPreCommit) {
    public Place(Pattern pattern, int branch, @Nullable Role role) {
        this(pattern, branch, role, false);
    }

    /** Of a branch of that plan, as it was submitted. */
    public static Place of(Plan plan, int branch, @Nullable Role role) {
        String continued = plan.branches().get(branch).continues();
        return continued == null
                ? new Place(plan.pattern(), branch, role)
                : new Place(plan.pattern(), plan.indexOf(continued), role, true);
    }

    /** As users write it: {@code plan.saga.steps[1].compensate}, with that suffix. */
    public String field(String suffix) {
        String list = switch (pattern) {
            case SAGA -> "plan.saga.steps[";
            case TCC -> "plan.tcc.branches[";
            case TWO_PHASE -> "plan.two_phase.branches[";
            case NOTIFICATION -> "plan.notification";
        };
        String index = pattern == Pattern.NOTIFICATION ? "" : branch + "]";
        String operation = role == null ? "" : "." + (isPreCommit ? Branch.PRE_COMMIT : pattern.operationName(role));
        return list + index + operation + suffix;
    }
}
