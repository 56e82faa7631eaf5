package dev.entente.faults.load;

import dev.entente.faults.check.Shape;
import dev.entente.faults.check.Shape.BranchShape;
import dev.entente.faults.check.Shape.Gate;
import dev.entente.faults.check.Shape.Pattern;
import dev.entente.faults.machine.TortureRig;
import dev.entente.v1.Approval;
import dev.entente.v1.Binding;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.SagaStep;
import dev.entente.v1.TccBranch;
import dev.entente.v1.XaBranch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Tells the checker what a drawn plan is: the branches that call somebody, and what comes after what. */
final class DrawnShape {
    private final Commission commission;
    private final Map<String, Set<String>> order = new HashMap<>();

    private DrawnShape(Commission commission) {
        this.commission = commission;
    }

    static Shape of(Commission commission) {
        return new DrawnShape(commission).shape();
    }

    private Shape shape() {
        Plan plan = commission.plan();
        return switch (plan.getPatternCase()) {
            case SAGA -> shape(Pattern.SAGA, steps(plan.getSaga().getStepsList()));
            case TCC -> shape(commission.isBegun() ? Pattern.INTERACTIVE : Pattern.TCC, tries());
            case TWO_PHASE ->
                shape(
                        Pattern.TWO_PHASE,
                        plan.getTwoPhase().getBranchesList().stream()
                                .map(XaBranch::getId)
                                .map(id -> new BranchShape(id, 0, true, null))
                                .toList());
            case MESSAGE -> shape(Pattern.MESSAGE, deliveries());
            case NOTIFICATION -> Shape.inVain(commission.gid(), new BranchShape("deliver", 0, false, null));
            case PATTERN_NOT_SET -> throw new IllegalArgumentException("a plan of no pattern");
        };
    }

    private Shape shape(Pattern pattern, List<BranchShape> branches) {
        return new Shape(commission.gid(), pattern, branches).ordered(order);
    }

    // ---- sagas

    private List<BranchShape> steps(List<SagaStep> steps) {
        boolean isGraph = steps.stream().anyMatch(step -> step.getAfterCount() > 0);
        Map<String, Gate> gates = new HashMap<>();
        List<BranchShape> branches = new ArrayList<>();
        String last = "";
        for (SagaStep step : steps) {
            List<String> before = isGraph ? step.getAfterList() : last.isEmpty() ? List.of() : List.of(last);
            order.put(step.getId(), above(before));
            if (step.hasApproval()) {
                boolean opens = step.getApproval().getOnExpiry() == Approval.Expiry.APPROVE;
                gates.put(step.getId(), new Gate(step.getId(), opens));
            } else if (step.hasAction()) {
                branches.add(branch(step, gates));
            }
            last = step.getId();
        }
        return branches;
    }

    private Set<String> above(List<String> before) {
        Set<String> all = new HashSet<>(before);
        before.forEach(earlier -> all.addAll(order.getOrDefault(earlier, Set.of())));
        return Set.copyOf(all);
    }

    private BranchShape branch(SagaStep step, Map<String, Gate> gates) {
        BranchShape branch = new BranchShape(step.getId(), 0, step.hasCompensate(), reads(step));
        if (step.getPivot()) {
            branch = branch.asPivot();
        }
        Gate gate = gates.values().stream()
                .filter(one -> order.getOrDefault(step.getId(), Set.of()).contains(one.name()))
                .findFirst()
                .orElse(null);
        return gate == null ? branch : branch.behind(gate);
    }

    /**
     * Returns the branch whose receipt the step carries, or null. If its calls carry different receipts, the checker is
     * told of none.
     */
    private static @Nullable String reads(SagaStep step) {
        Set<String> read = from(step.getAction());
        Set<String> undoReads = from(step.getCompensate());
        boolean isOne = read.size() == 1 && (undoReads.isEmpty() || undoReads.equals(read));
        return isOne ? read.iterator().next() : null;
    }

    private static Set<String> from(Operation operation) {
        return operation.getBindList().stream().map(Binding::getFrom).collect(Collectors.toUnmodifiableSet());
    }

    // ---- TCC

    private List<BranchShape> tries() {
        List<BranchShape> branches = new ArrayList<>();
        List<String> earlier = new ArrayList<>();
        for (TccBranch branch : commission.plan().getTcc().getBranchesList()) {
            List<String> before = new ArrayList<>(Stream.of(branch.getParent())
                    .filter(parent -> !parent.isEmpty())
                    .toList());
            if (commission.plan().getTcc().getSequential() && !earlier.isEmpty()) {
                before.add(earlier.getLast());
            }
            branches.add(tried(path(branch), before));
            earlier.add(path(branch));
        }
        for (TccBranch branch : commission.joining()) {
            branches.add(tried(path(branch), branch.getParent().isEmpty() ? List.of() : List.of(branch.getParent())));
        }
        return branches;
    }

    private BranchShape tried(String path, List<String> before) {
        order.put(path, above(before));
        return new BranchShape(path, 0, true, null);
    }

    static String path(TccBranch branch) {
        return branch.getParent().isEmpty() ? branch.getId() : branch.getParent() + "/" + branch.getId();
    }

    // ---- messages

    private List<BranchShape> deliveries() {
        List<BranchShape> branches = new ArrayList<>();
        String key = commission.plan().getMessage().getOrderingKey();
        int number = 0;
        for (Operation delivery : commission.plan().getMessage().getDeliveriesList()) {
            String name = "delivery-" + ++number;
            if (delivery.hasTopic()) {
                for (String subscriber : TortureRig.LEDGERS) {
                    branches.add(
                            delivery(name + "." + subscriber, key, "topic " + delivery.getTopic() + " " + subscriber));
                }
            } else {
                branches.add(delivery(
                        name,
                        key,
                        delivery.hasHttp()
                                ? delivery.getHttp().getParticipant()
                                        + delivery.getHttp().getPath()
                                : delivery.getGrpc()));
            }
        }
        return branches;
    }

    private static BranchShape delivery(String name, String key, String receiver) {
        BranchShape branch = new BranchShape(name, 0, false, null);
        return key.isEmpty() ? branch : branch.in(key + " to " + receiver);
    }
}
