package dev.entente.torture.load;

import dev.entente.torture.check.Shape;
import dev.entente.torture.check.Shape.BranchShape;
import dev.entente.torture.check.Shape.Pattern;
import dev.entente.torture.machine.TortureRig;
import dev.entente.v1.Approval;
import dev.entente.v1.Binding;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.SagaStep;
import dev.entente.v1.TccBranch;
import dev.entente.v1.XaBranch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The checker's view of a drawn plan: the branches that call participants, and their order. */
final class DrawnShape {
    private final RequestedTransaction requested;
    private final Map<String, Boolean> approvals = new HashMap<>();

    private DrawnShape(RequestedTransaction requested) {
        this.requested = requested;
    }

    static Shape of(RequestedTransaction requested) {
        return new DrawnShape(requested).shape();
    }

    private Shape shape() {
        Plan plan = requested.plan();
        return switch (plan.getPatternCase()) {
            case SAGA -> shape(Pattern.SAGA, steps(plan.getSaga().getStepsList()));
            case TCC -> shape(requested.isBegun() ? Pattern.INTERACTIVE : Pattern.TCC, tries());
            case TWO_PHASE ->
                shape(
                        Pattern.TWO_PHASE,
                        plan.getTwoPhase().getBranchesList().stream()
                                .map(XaBranch::getId)
                                .map(id -> new BranchShape(id, true, null))
                                .toList());
            case MESSAGE -> shape(Pattern.MESSAGE, deliveries());
            case NOTIFICATION -> shape(Pattern.NOTIFICATION, List.of(new BranchShape("deliver", false, null)));
            case PATTERN_NOT_SET -> throw new IllegalArgumentException("the plan has no pattern");
        };
    }

    private Shape shape(Pattern pattern, List<BranchShape> branches) {
        boolean asksBack = requested.plan().getMessage().hasCheckBack();
        return new Shape(requested.gid(), pattern, branches, asksBack, approvals, Set.of());
    }

    // ---- sagas

    private List<BranchShape> steps(List<SagaStep> steps) {
        List<BranchShape> branches = new ArrayList<>();
        for (SagaStep step : steps) {
            if (step.hasApproval()) {
                approvals.put(step.getId(), step.getApproval().getOnExpiry() == Approval.Expiry.APPROVE);
            } else if (step.hasAction()) {
                String reads = reads(from(step.getAction()), from(step.getCompensate()));
                branches.add(new BranchShape(step.getId(), step.hasCompensate(), reads, step.getPivot(), null));
            }
        }
        return branches;
    }

    /**
     * Returns the branch that gives the receipt in the step's calls. Returns null without a receipt, or if the calls
     * send different receipts.
     */
    private static @Nullable String reads(Set<String> read, Set<String> settlingReads) {
        boolean isOne = read.size() == 1 && (settlingReads.isEmpty() || settlingReads.equals(read));
        return isOne ? read.iterator().next() : null;
    }

    private static Set<String> from(Operation operation) {
        return operation.getBindList().stream().map(Binding::getFrom).collect(Collectors.toUnmodifiableSet());
    }

    // ---- TCC

    private List<BranchShape> tries() {
        return Stream.concat(requested.plan().getTcc().getBranchesList().stream(), requested.joining().stream())
                .map(DrawnShape::tried)
                .toList();
    }

    /** Considers only the receipts that the confirm sends, and none if a try or a cancel sends receipts, too. */
    private static BranchShape tried(TccBranch branch) {
        boolean isOther = branch.getTry().getBindCount() + branch.getCancel().getBindCount() > 0;
        return new BranchShape(path(branch), true, isOther ? null : reads(from(branch.getConfirm()), Set.of()));
    }

    static String path(TccBranch branch) {
        return branch.getParent().isEmpty() ? branch.getId() : branch.getParent() + "/" + branch.getId();
    }

    // ---- messages

    private List<BranchShape> deliveries() {
        List<BranchShape> branches = new ArrayList<>();
        String key = requested.plan().getMessage().getOrderingKey();
        int number = 0;
        for (Operation delivery : requested.plan().getMessage().getDeliveriesList()) {
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
        BranchShape branch = new BranchShape(name, false, null);
        return key.isEmpty() ? branch : branch.in(key + " to " + receiver);
    }
}
