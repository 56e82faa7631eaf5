package dev.entente.server.api.json;

import com.google.protobuf.Message;
import dev.entente.server.codec.Operations;
import dev.entente.v1.Operation;
import dev.entente.v1.SagaStep;
import dev.entente.v1.TccBranch;
import dev.entente.v1.XaBranch;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds the method whose response a binding reads. An empty operation name means the forward operation. */
final class PlanSources {
    private static final Set<String> FORWARD = Set.of("action", "try", "prepare");

    private final Map<String, Operation> operations = new HashMap<>();

    /** @param plan the plan from a client, or one branch */
    PlanSources(Message plan) {
        Operations.map(plan, "", (operation, place) -> {
            String branch = branch(place.holder());
            operations.putIfAbsent(key(branch, place.name()), operation);
            if (FORWARD.contains(place.name())) {
                operations.putIfAbsent(key(branch, ""), operation);
            }
            return operation;
        });
    }

    /** Returns the operation of this branch with this name; null if there is none. */
    @Nullable
    Operation operation(String branch, String op) {
        return operations.get(key(branch, op));
    }

    /** Returns the branch's id; for a nested branch the path. */
    private static String branch(Message holder) {
        return switch (holder) {
            case SagaStep step -> step.getId();
            case TccBranch branch ->
                branch.getParent().isEmpty() ? branch.getId() : branch.getParent() + "/" + branch.getId();
            case XaBranch branch -> branch.getId();
            default -> "";
        };
    }

    private static String key(String branch, String op) {
        return branch + " " + op;
    }
}
