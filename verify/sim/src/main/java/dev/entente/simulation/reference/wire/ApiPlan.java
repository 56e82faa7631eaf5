package dev.entente.simulation.reference.wire;

import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import dev.entente.simulation.reference.RulePlan;
import dev.entente.simulation.reference.RulePlan.Branch;
import dev.entente.simulation.reference.RulePlan.BranchKind;
import dev.entente.simulation.reference.RulePlan.Expiry;
import dev.entente.simulation.reference.RulePlan.Family;
import dev.entente.v1.Binding;
import dev.entente.v1.Message;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.SagaStep;
import dev.entente.v1.TccBranch;
import dev.entente.v1.XaBranch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Translates a plan of the API into the terms of docs/patterns.
 *
 * @param plan the submitted plan
 * @param isBegun whether the client decides
 * @param acceptedAt in milliseconds
 * @param subscribers the subscribers of each delivery to a topic, by the delivery's name
 */
public record ApiPlan(Plan plan, boolean isBegun, long acceptedAt, Map<String, List<String>> subscribers) {
    private static final int FORWARD = 5;
    private static final int SETTLING = 20;
    private static final int DELIVERY = 20;
    private static final int NOTIFICATION = 10;
    private static final int CHECK = 15;
    private static final long FIRST_CHECK_MILLIS = 10_000;
    private static final long BEGUN_DEADLINE_MILLIS = 60_000;

    /** @throws IllegalArgumentException for a plan without a pattern */
    public RulePlan rulePlan() {
        return switch (plan.getPatternCase()) {
            case SAGA -> of(Family.SAGA, steps(), false);
            case TCC ->
                of(
                        Family.TCC,
                        plan.getTcc().getBranchesList().stream()
                                .map(branch -> declared(branch, BranchKind.CALL))
                                .toList(),
                        plan.getTcc().getSequential());
            case TWO_PHASE ->
                of(
                        Family.TWO_PHASE,
                        plan.getTwoPhase().getBranchesList().stream()
                                .map(this::prepared)
                                .toList(),
                        false);
            case MESSAGE -> of(Family.MESSAGE, deliveries(plan.getMessage()), false);
            case NOTIFICATION ->
                of(
                        Family.NOTIFICATION,
                        List.of(new Making("deliver", BranchKind.CALL)
                                .with("deliver", limit(plan.getNotification().getDeliver(), NOTIFICATION))
                                .done()),
                        false);
            case PATTERN_NOT_SET -> throw new IllegalArgumentException("the plan has no pattern");
        };
    }

    /** Returns a branch that joins at run time. */
    public Branch registered(TccBranch branch) {
        return declared(branch, BranchKind.REGISTERED);
    }

    private RulePlan of(Family family, List<Branch> branches, boolean isSequential) {
        Message message = plan.getMessage();
        Long firstCheck = null;
        if (isBegun && message.hasCheckBack()) {
            boolean isSet = message.getCheckBackPolicy().hasFirstAfter();
            firstCheck = acceptedAt
                    + (isSet ? Durations.toMillis(message.getCheckBackPolicy().getFirstAfter()) : FIRST_CHECK_MILLIS);
        }
        Long start = plan.hasStartTime() ? Timestamps.toMillis(plan.getStartTime()) : null;
        return new RulePlan(family, branches, isSequential, isBegun, start, deadline(family), firstCheck);
    }

    private @Nullable Long deadline(Family family) {
        if (family == Family.MESSAGE) {
            return null;
        }
        return plan.hasDeadline()
                ? (Long) (acceptedAt + Durations.toMillis(plan.getDeadline()))
                : isBegun ? (Long) (acceptedAt + BEGUN_DEADLINE_MILLIS) : null;
    }

    // ---- saga

    private List<Branch> steps() {
        boolean isGraph = plan.getSaga().getStepsList().stream().anyMatch(step -> step.getAfterCount() > 0);
        List<Branch> branches = new ArrayList<>();
        for (SagaStep step : plan.getSaga().getStepsList()) {
            List<String> after = isGraph
                    ? List.copyOf(step.getAfterList())
                    : branches.isEmpty()
                            ? List.of()
                            : List.of(branches.getLast().id());
            branches.add(step(step, after));
        }
        return branches;
    }

    private Branch step(SagaStep step, List<String> after) {
        BranchKind kind = step.hasApproval()
                ? BranchKind.APPROVAL
                : step.hasMessage() || step.hasNotification() ? BranchKind.CHILD : BranchKind.CALL;
        Operation forward = step.hasNotification() ? step.getNotification().getDeliver() : step.getAction();
        Making branch = new Making(step.getId(), kind).binding(forward).requiring(step.getCompensate());
        branch.after = after;
        branch.with("action", kind == BranchKind.CALL ? limit(forward, FORWARD) : FORWARD);
        if (step.hasCompensate()) {
            branch.with("compensate", limit(step.getCompensate(), SETTLING));
        }
        branch.isPivot = step.getPivot();
        branch.isRetriable = step.getRetriable();
        branch.withinMillis = Durations.toMillis(step.getApproval().getWithin());
        branch.expiry = switch (step.getApproval().getOnExpiry()) {
            case EXPIRY_UNSPECIFIED, REJECT, UNRECOGNIZED -> Expiry.REJECT;
            case APPROVE -> Expiry.APPROVE;
            case PARK -> Expiry.PARK;
        };
        return branch.done();
    }

    // ---- TCC and two-phase

    private Branch declared(TccBranch declared, BranchKind kind) {
        String parent = declared.getParent().isEmpty() ? null : declared.getParent();
        Making branch = new Making(parent == null ? declared.getId() : parent + "/" + declared.getId(), kind);
        branch.parent = parent;
        if (kind == BranchKind.CALL) {
            branch.with("try", limit(declared.getTry(), FORWARD))
                    .binding(declared.getTry())
                    .requiring(declared.getCancel());
        }
        return branch.with("confirm", limit(declared.getConfirm(), SETTLING))
                .with("cancel", limit(declared.getCancel(), SETTLING))
                .done();
    }

    private Branch prepared(XaBranch prepared) {
        Making branch = new Making(prepared.getId(), BranchKind.CALL);
        branch.with("prepare", limit(prepared.getPrepare(), FORWARD));
        if (prepared.hasPreCommit()) {
            branch.with("pre_commit", limit(prepared.getPreCommit(), FORWARD));
        }
        return branch.with("commit", limit(prepared.getCommit(), SETTLING))
                .with("rollback", limit(prepared.getRollback(), SETTLING))
                .done();
    }

    // ---- message

    private List<Branch> deliveries(Message message) {
        List<Branch> branches = new ArrayList<>();
        if (message.hasCheckBack()) {
            int limit = message.getCheckBackPolicy().getLimit();
            branches.add(new Making("check-back", BranchKind.CHECK)
                    .with("check", limit > 0 ? limit : CHECK)
                    .done());
        }
        int number = 0;
        for (Operation delivery : message.getDeliveriesList()) {
            String name = "delivery-" + ++number;
            if (delivery.hasTopic()) {
                for (String subscriber : subscribers.getOrDefault(name, List.of())) {
                    branches.add(delivery(
                            name + "." + subscriber,
                            delivery,
                            message,
                            "topic " + delivery.getTopic() + " " + subscriber));
                }
            } else {
                branches.add(delivery(name, delivery, message, receiver(delivery)));
            }
        }
        return branches;
    }

    private Branch delivery(String name, Operation delivery, Message message, String receiver) {
        Making branch = new Making(name, BranchKind.CALL).with("deliver", limit(delivery, DELIVERY));
        branch.queue = message.getOrderingKey().isEmpty() ? "" : message.getOrderingKey() + " to " + receiver;
        return branch.done();
    }

    private static String receiver(Operation delivery) {
        return delivery.hasHttp()
                ? delivery.getHttp().getParticipant() + delivery.getHttp().getPath()
                : delivery.getGrpc();
    }

    // ---- parts

    private int limit(Operation operation, int standard) {
        int own = limit(
                operation.getPolicy().getMaxAttempts(), operation.getPolicy().getScheduleCount());
        int common =
                limit(plan.getDefaults().getMaxAttempts(), plan.getDefaults().getScheduleCount());
        return own > 0 ? own : common > 0 ? common : standard;
    }

    private static int limit(int attempts, int pauses) {
        return attempts > 0 ? attempts : pauses > 0 ? pauses + 1 : 0;
    }

    /** A builder of one branch. */
    private static final class Making {
        private final String id;
        private final BranchKind kind;
        private final Map<String, Integer> operations = new LinkedHashMap<>();
        private List<String> after = List.of();
        private Set<String> binds = Set.of();
        private @Nullable String parent;
        private boolean isPivot;
        private boolean isRetriable;
        private long withinMillis;
        private Expiry expiry = Expiry.REJECT;
        private String queue = "";

        Making(String id, BranchKind kind) {
            this.id = id;
            this.kind = kind;
        }

        Making with(String operation, int limit) {
            operations.put(operation, limit);
            return this;
        }

        Making binding(Operation forward) {
            binds = forward.getBindList().stream().map(Binding::getFrom).collect(Collectors.toUnmodifiableSet());
            return this;
        }

        /** Adds the branches whose responses the undo requires. They must be recorded before this branch is called. */
        Making requiring(Operation undo) {
            Stream<String> others = undo.getBindList().stream()
                    .filter(Binding::getRequired)
                    .map(Binding::getFrom)
                    .filter(from -> !from.equals(id));
            binds = Stream.concat(binds.stream(), others).collect(Collectors.toUnmodifiableSet());
            return this;
        }

        Branch done() {
            return new Branch(
                    id, kind, after, parent, operations, isPivot, isRetriable, binds, withinMillis, expiry, queue);
        }
    }
}
