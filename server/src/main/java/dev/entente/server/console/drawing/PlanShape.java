package dev.entente.server.console.drawing;

import com.google.protobuf.Message;
import dev.entente.core.plan.PlanGraph;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Notification;
import dev.entente.v1.Operation;
import dev.entente.v1.Pattern;
import dev.entente.v1.SagaStep;
import dev.entente.v1.TccBranch;
import dev.entente.v1.Transaction;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * The branches of a transaction with their roles in the plan, and their order. Immutable.
 *
 * @param parts one for each branch, in the plan's order
 * @param graph the order, by the index of a part
 */
public record PlanShape(List<Planned> parts, PlanGraph graph) {
    private static final String CHECK_BACK = "check-back";

    /** The kind of a branch, which determines its shape. */
    public enum Form {
        CALL,
        APPROVAL,
        /** A message or a notification that becomes a separate transaction. */
        CHILD,
        /** The coordinator's decision, which is not a branch. Each branch awaits it before its completion or undo. */
        DECISION
    }

    public record Planned(BranchStatus status, Form form, boolean isPivot, boolean isRetriable) {
        public String id() {
            return status.getId();
        }
    }

    /** @param transaction with its plan; without the plan the order is unknown */
    public static PlanShape of(Transaction transaction) {
        Map<String, Integer> index = new HashMap<>();
        transaction.getBranchesList().forEach(branch -> index.putIfAbsent(branch.getId(), index.size()));
        Map<String, SagaStep> steps = new HashMap<>();
        Map<String, String> parents = new HashMap<>();
        transaction.getPlan().getSaga().getStepsList().forEach(step -> steps.put(step.getId(), step));
        transaction
                .getPlan()
                .getTcc()
                .getBranchesList()
                .forEach(branch -> parents.put(path(branch), branch.getParent()));
        List<Planned> parts = new ArrayList<>();
        int[][] before = new int[transaction.getBranchesCount()][];
        int[] parent = new int[before.length];
        boolean isChain = transaction.getPlan().getTcc().getSequential();
        for (int i = 0; i < before.length; i++) {
            BranchStatus branch = transaction.getBranches(i);
            SagaStep step = steps.getOrDefault(branch.getId(), SagaStep.getDefaultInstance());
            parts.add(new Planned(branch, form(step), step.getPivot(), step.getRetriable()));
            parent[i] = index.getOrDefault(parents.getOrDefault(branch.getId(), ""), -1);
            before[i] = isChain && i > 0
                    ? new int[] {i - 1}
                    : step.getAfterList().stream()
                            .map(index::get)
                            .filter(Objects::nonNull)
                            .mapToInt(Integer::intValue)
                            .distinct()
                            .toArray();
        }
        if (transaction.getPattern() == Pattern.MESSAGE && index.containsKey(CHECK_BACK)) {
            int asked = index.get(CHECK_BACK);
            IntStream.range(0, before.length).filter(i -> i != asked).forEach(i -> before[i] = new int[] {asked});
        }
        return new PlanShape(List.copyOf(parts), PlanGraph.of(before, parent));
    }

    /** Returns the names in the API of the operations by which a branch calls a receiver. */
    public static List<String> operations(Transaction transaction, String branch) {
        var plan = transaction.getPlan();
        Map<String, Message> branches = new HashMap<>();
        plan.getSaga().getStepsList().forEach(one -> branches.put(one.getId(), one));
        plan.getTcc().getBranchesList().forEach(one -> branches.put(path(one), one));
        plan.getTwoPhase().getBranchesList().forEach(one -> branches.put(one.getId(), one));
        Message planned = branches.get(branch);
        if (planned == null) {
            return List.of(branch.equals(CHECK_BACK) ? "check" : "deliver");
        }
        // The message or the notification of a saga's step is the step's action.
        return planned.getAllFields().entrySet().stream()
                .filter(field -> field.getValue() instanceof Operation
                        || field.getValue() instanceof dev.entente.v1.Message
                        || field.getValue() instanceof Notification)
                .map(field ->
                        field.getValue() instanceof Operation ? field.getKey().getName() : "action")
                .toList();
    }

    private static Form form(SagaStep step) {
        return step.hasApproval()
                ? Form.APPROVAL
                : step.hasMessage() || step.hasNotification() ? Form.CHILD : Form.CALL;
    }

    private static String path(TccBranch branch) {
        return branch.getParent().isEmpty() ? branch.getId() : branch.getParent() + "/" + branch.getId();
    }

    /** Returns the predecessors, without the parent and without those that another predecessor implies. */
    public int[] nearest(int branch) {
        int[] before = graph.predecessors(branch);
        BitSet implied = new BitSet();
        for (int one : before) {
            implied.or(graph.ancestors(one));
        }
        int parent = graph.parent(branch);
        return IntStream.of(before)
                .filter(one -> !implied.get(one) && one != parent)
                .toArray();
    }
}
