package dev.entente.server.codec;

import dev.entente.server.plan.Findings;
import dev.entente.server.plan.PlanPath;
import dev.entente.server.transaction.CallPolicy;
import dev.entente.server.transaction.Pattern;
import dev.entente.server.transaction.Role;
import dev.entente.v1.Binding;
import dev.entente.v1.CallPolicyOrBuilder;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Rewrites the operations of one {@link CanonicalPlan}. Used by one thread. */
final class CanonicalOperation {
    private final Pattern pattern;
    private final CallPolicyOrBuilder planned;
    private final CallPolicy forward;
    private final CallPolicy settling;

    /** @param planned what the plan says for every operation that says nothing */
    CanonicalOperation(Pattern pattern, CallPolicyOrBuilder planned, CallPolicy forward, CallPolicy settling) {
        this.pattern = pattern;
        this.planned = planned;
        this.forward = forward;
        this.settling = settling;
    }

    /** Returns the same instance where it says no default. */
    Operation of(Operation said, Role role) {
        boolean saysMethod = said.hasHttp() && said.getHttp().getMethod().equals(OperationReader.DEFAULT_METHOD);
        boolean saysBody = said.hasRaw() && said.getRaw().isEmpty();
        boolean saysOperation = saysOperation(said);
        Map<String, String> headers = lowered(said.getHttp().getHeadersMap());
        boolean saysCase = !headers.equals(said.getHttp().getHeadersMap());
        if (!said.hasPolicy() && !saysMethod && !saysBody && !saysOperation && !saysCase) {
            return said;
        }
        Operation.Builder operation = said.toBuilder();
        if (saysMethod) {
            operation.getHttpBuilder().clearMethod();
        }
        if (saysCase) {
            operation.getHttpBuilder().clearHeaders().putAllHeaders(headers);
        }
        if (saysBody) {
            operation.clearBody();
        }
        if (saysOperation) {
            operation.getBindBuilderList().stream()
                    .filter(binding -> binding.getFromOp().equals(forwardName()))
                    .forEach(Binding.Builder::clearFromOp);
        }
        if (said.hasPolicy()) {
            setPolicy(operation, said.getPolicy(), role);
        }
        return operation.build();
    }

    /** The names in lower case, for a header's name has none; as they are where two differ in nothing else. */
    private static Map<String, String> lowered(Map<String, String> headers) {
        if (headers.isEmpty()) {
            return headers;
        }
        Map<String, String> lowered = new TreeMap<>();
        headers.forEach((name, value) -> lowered.put(name.toLowerCase(Locale.ROOT), value));
        return lowered.size() == headers.size() ? lowered : headers;
    }

    private String forwardName() {
        return pattern.operationName(Role.FORWARD);
    }

    private boolean saysOperation(Operation said) {
        for (int i = 0; i < said.getBindCount(); i++) {
            if (said.getBind(i).getFromOp().equals(forwardName())) {
                return true;
            }
        }
        return false;
    }

    /**
     * Writes out an operation's policy where it differs from the defaults, else leaves it out. It is written in full,
     * for a field that is not said may follow from one that is.
     */
    private void setPolicy(Operation.Builder operation, CallPolicyOrBuilder said, Role role) {
        if (PlanReader.hasUnknown(said)) {
            return;
        }
        PolicyReader reader = new PolicyReader(planned, forward, settling, new Findings());
        PlanPath nowhere = new PlanPath(pattern, 0, role);
        CallPolicy effective = reader.read(said, nowhere, role);
        operation.clearPolicy();
        if (!effective.equals(reader.read(PolicyReader.SILENT, nowhere, role))) {
            operation.setPolicy(OperationWriter.policy(effective));
        }
    }

    /** Rewrites the policy that the plan says for all its operations; leaves it out where it says what holds anyway. */
    void setDefaults(Plan.Builder plan) {
        if (PlanReader.hasUnknown(planned)) {
            return;
        }
        PolicyReader reader = new PolicyReader(planned, forward, settling, new Findings());
        PlanPath nowhere = new PlanPath(pattern, 0, Role.FORWARD);
        CallPolicy first = reader.read(PolicyReader.SILENT, nowhere, Role.FORWARD);
        CallPolicy then = reader.read(PolicyReader.SILENT, nowhere, Role.UNDO);
        if (first.equals(forward) && (then.equals(settling) || !hasSettling())) {
            plan.clearDefaults();
            return;
        }
        boolean saysAttempts = planned.getMaxAttempts() != 0 || planned.getScheduleCount() > 0;
        var all = OperationWriter.policy(first);
        plan.setDefaults(saysAttempts ? all : all.toBuilder().clearMaxAttempts().build());
    }

    private boolean hasSettling() {
        return pattern.hasCompletion() || pattern.hasUndo();
    }
}
