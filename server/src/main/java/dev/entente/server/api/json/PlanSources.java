package dev.entente.server.api.json;

import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.SagaStep;
import dev.entente.v1.TccBranch;
import dev.entente.v1.XaBranch;
import java.util.HashMap;
import java.util.Map;

/** Finds the method whose answer a binding reads. An empty operation name means the forward operation. */
final class PlanSources {
    private PlanSources() {}

    /** Finds the sources in a plan as a client sent it. */
    static JsonPayloads.Sources of(Plan plan) {
        Map<String, Operation> targets = new HashMap<>();
        for (SagaStep step : plan.getSaga().getStepsList()) {
            targets.putIfAbsent(key(step.getId(), ""), step.getAction());
            targets.putIfAbsent(key(step.getId(), "action"), step.getAction());
            targets.putIfAbsent(key(step.getId(), "compensate"), step.getCompensate());
        }
        plan.getTcc().getBranchesList().forEach(branch -> add(targets, branch));
        plan.getTwoPhase().getBranchesList().forEach(branch -> add(targets, branch));
        return (branch, op) -> targets.get(key(branch, op));
    }

    /** Finds the sources in one branch alone. */
    static JsonPayloads.Sources of(TccBranch branch) {
        Map<String, Operation> targets = new HashMap<>();
        add(targets, branch);
        return (from, op) -> targets.get(key(from, op));
    }

    /** A nested branch is called by its path, as everywhere. */
    private static void add(Map<String, Operation> targets, TccBranch branch) {
        String id = branch.getParent().isEmpty() ? branch.getId() : branch.getParent() + "/" + branch.getId();
        targets.putIfAbsent(key(id, ""), branch.getTry());
        targets.putIfAbsent(key(id, "try"), branch.getTry());
        targets.putIfAbsent(key(id, "confirm"), branch.getConfirm());
        targets.putIfAbsent(key(id, "cancel"), branch.getCancel());
    }

    private static void add(Map<String, Operation> targets, XaBranch branch) {
        targets.putIfAbsent(key(branch.getId(), ""), branch.getPrepare());
        targets.putIfAbsent(key(branch.getId(), "prepare"), branch.getPrepare());
        targets.putIfAbsent(key(branch.getId(), "pre_commit"), branch.getPreCommit());
        targets.putIfAbsent(key(branch.getId(), "commit"), branch.getCommit());
        targets.putIfAbsent(key(branch.getId(), "rollback"), branch.getRollback());
    }

    private static String key(String branch, String op) {
        return branch + " " + op;
    }
}
