package dev.entente.simulation.reference.wire;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import dev.entente.simulation.reference.Blueprint;
import dev.entente.simulation.reference.Blueprint.Expiry;
import dev.entente.simulation.reference.Blueprint.Family;
import dev.entente.simulation.reference.Blueprint.Limb;
import dev.entente.simulation.reference.Blueprint.Nature;
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
 * A plan of the API, as docs/patterns read it.
 *
 * @param plan as it was submitted
 * @param isBegun whether its client decides
 * @param acceptedAt in milliseconds
 * @param subscribers of each delivery that goes to a topic, by the delivery's name
 */
public record ApiPlan(Plan plan, boolean isBegun, long acceptedAt, Map<String, List<String>> subscribers) {
    private static final int FORWARD = 5;
    private static final int SETTLING = 20;
    private static final int DELIVERY = 20;
    private static final int NOTIFICATION = 10;
    private static final int CHECK = 15;
    private static final long FIRST_CHECK_MILLIS = 10_000;
    private static final long BEGUN_DEADLINE_MILLIS = 60_000;

    /** @throws IllegalArgumentException for a plan of no pattern */
    public Blueprint blueprint() {
        return switch (plan.getPatternCase()) {
            case SAGA -> of(Family.SAGA, steps(), false);
            case TCC ->
                of(
                        Family.TCC,
                        plan.getTcc().getBranchesList().stream()
                                .map(branch -> declared(branch, Nature.CALL))
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
                        List.of(limb("deliver", Nature.CALL)
                                .with("deliver", limit(plan.getNotification().getDeliver(), NOTIFICATION))
                                .done()),
                        false);
            case PATTERN_NOT_SET -> throw new IllegalArgumentException("a plan of no pattern");
        };
    }

    /** A branch that joins at run time. */
    public Limb registered(TccBranch branch) {
        return declared(branch, Nature.REGISTERED);
    }

    private Blueprint of(Family family, List<Limb> limbs, boolean isSequential) {
        Message message = plan.getMessage();
        Long firstCheck = null;
        if (isBegun && message.hasCheckBack()) {
            boolean isSaid = message.getCheckBackPolicy().hasFirstAfter();
            firstCheck =
                    acceptedAt + (isSaid ? millis(message.getCheckBackPolicy().getFirstAfter()) : FIRST_CHECK_MILLIS);
        }
        Long start = plan.hasStartTime() ? millis(plan.getStartTime()) : null;
        return new Blueprint(family, limbs, isSequential, isBegun, start, deadline(family), firstCheck);
    }

    private @Nullable Long deadline(Family family) {
        if (family == Family.MESSAGE) {
            return null;
        }
        return plan.hasDeadline()
                ? (Long) (acceptedAt + millis(plan.getDeadline()))
                : isBegun ? (Long) (acceptedAt + BEGUN_DEADLINE_MILLIS) : null;
    }

    // ---- saga

    private List<Limb> steps() {
        boolean isGraph = plan.getSaga().getStepsList().stream().anyMatch(step -> step.getAfterCount() > 0);
        List<Limb> limbs = new ArrayList<>();
        for (SagaStep step : plan.getSaga().getStepsList()) {
            List<String> after = isGraph
                    ? List.copyOf(step.getAfterList())
                    : limbs.isEmpty() ? List.of() : List.of(limbs.getLast().id());
            limbs.add(step(step, after));
        }
        return limbs;
    }

    private Limb step(SagaStep step, List<String> after) {
        Nature nature = step.hasApproval()
                ? Nature.APPROVAL
                : step.hasMessage() || step.hasNotification() ? Nature.CHILD : Nature.CALL;
        Operation forward = step.hasNotification() ? step.getNotification().getDeliver() : step.getAction();
        Making limb = limb(step.getId(), nature).after(after).binding(forward).requiring(step.getCompensate());
        limb.with("action", nature == Nature.CALL ? limit(forward, FORWARD) : FORWARD);
        if (step.hasCompensate()) {
            limb.with("compensate", limit(step.getCompensate(), SETTLING));
        }
        limb.isPivot = step.getPivot();
        limb.isRetriable = step.getRetriable();
        limb.withinMillis = millis(step.getApproval().getWithin());
        limb.expiry = switch (step.getApproval().getOnExpiry()) {
            case EXPIRY_UNSPECIFIED, REJECT, UNRECOGNIZED -> Expiry.REJECT;
            case APPROVE -> Expiry.APPROVE;
            case PARK -> Expiry.PARK;
        };
        return limb.done();
    }

    // ---- TCC and two-phase

    private Limb declared(TccBranch branch, Nature nature) {
        String parent = branch.getParent().isEmpty() ? null : branch.getParent();
        Making limb = limb(parent == null ? branch.getId() : parent + "/" + branch.getId(), nature);
        limb.parent = parent;
        if (nature == Nature.CALL) {
            limb.with("try", limit(branch.getTry(), FORWARD))
                    .binding(branch.getTry())
                    .requiring(branch.getCancel());
        }
        return limb.with("confirm", limit(branch.getConfirm(), SETTLING))
                .with("cancel", limit(branch.getCancel(), SETTLING))
                .done();
    }

    private Limb prepared(XaBranch branch) {
        Making limb = limb(branch.getId(), Nature.CALL).with("prepare", limit(branch.getPrepare(), FORWARD));
        if (branch.hasPreCommit()) {
            limb.with("pre_commit", limit(branch.getPreCommit(), FORWARD));
        }
        return limb.with("commit", limit(branch.getCommit(), SETTLING))
                .with("rollback", limit(branch.getRollback(), SETTLING))
                .done();
    }

    // ---- message

    private List<Limb> deliveries(Message message) {
        List<Limb> limbs = new ArrayList<>();
        if (message.hasCheckBack()) {
            int limit = message.getCheckBackPolicy().getLimit();
            limbs.add(limb("check-back", Nature.CHECK)
                    .with("check", limit > 0 ? limit : CHECK)
                    .done());
        }
        int number = 0;
        for (Operation delivery : message.getDeliveriesList()) {
            String name = "delivery-" + ++number;
            if (delivery.hasTopic()) {
                for (String subscriber : subscribers.getOrDefault(name, List.of())) {
                    limbs.add(delivery(
                            name + "." + subscriber,
                            delivery,
                            message,
                            "topic " + delivery.getTopic() + " " + subscriber));
                }
            } else {
                limbs.add(delivery(name, delivery, message, receiver(delivery)));
            }
        }
        return limbs;
    }

    private Limb delivery(String name, Operation delivery, Message message, String receiver) {
        Making limb = limb(name, Nature.CALL).with("deliver", limit(delivery, DELIVERY));
        limb.lane = message.getOrderingKey().isEmpty() ? "" : message.getOrderingKey() + " to " + receiver;
        return limb.done();
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

    private static int limit(int said, int pauses) {
        return said > 0 ? said : pauses > 0 ? pauses + 1 : 0;
    }

    private static long millis(Duration duration) {
        return duration.getSeconds() * 1000 + duration.getNanos() / 1_000_000;
    }

    private static long millis(Timestamp time) {
        return time.getSeconds() * 1000 + time.getNanos() / 1_000_000;
    }

    private static Making limb(String id, Nature nature) {
        return new Making(id, nature);
    }

    /** A branch that is being read. */
    private static final class Making {
        private final String id;
        private final Nature nature;
        private final Map<String, Integer> operations = new LinkedHashMap<>();
        private List<String> after = List.of();
        private Set<String> binds = Set.of();
        private @Nullable String parent;
        private boolean isPivot;
        private boolean isRetriable;
        private long withinMillis;
        private Expiry expiry = Expiry.REJECT;
        private String lane = "";

        Making(String id, Nature nature) {
            this.id = id;
            this.nature = nature;
        }

        Making with(String operation, int limit) {
            operations.put(operation, limit);
            return this;
        }

        Making after(List<String> steps) {
            after = steps;
            return this;
        }

        Making binding(Operation forward) {
            binds = forward.getBindList().stream().map(Binding::getFrom).collect(Collectors.toUnmodifiableSet());
            return this;
        }

        /** Adds the branches whose answers its undo requires. They are on record before it is called. */
        Making requiring(Operation undo) {
            Stream<String> others = undo.getBindList().stream()
                    .filter(Binding::getRequired)
                    .map(Binding::getFrom)
                    .filter(from -> !from.equals(id));
            binds = Stream.concat(binds.stream(), others).collect(Collectors.toUnmodifiableSet());
            return this;
        }

        Limb done() {
            return new Limb(
                    id, nature, after, parent, operations, isPivot, isRetriable, binds, withinMillis, expiry, lane);
        }
    }
}
