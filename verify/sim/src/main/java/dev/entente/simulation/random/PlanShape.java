package dev.entente.simulation.random;

import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.SagaStep;
import dev.entente.v1.TccBranch;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Two plans have the same shape where only ids, times, bodies, targets and policies differ. */
public final class PlanShape {
    private PlanShape() {}

    /** Returns the plan without all that does not make its shape: equal texts, equal shapes. */
    public static String of(Plan plan) {
        StringBuilder shape = new StringBuilder(64);
        shape.append(plan.getPatternCase().name().charAt(0))
                .append(plan.getPatternCase().getNumber());
        flag(shape, 'd', plan.hasDeadline());
        flag(shape, 't', plan.hasStartTime());
        shape.append(plan.getResultBranch());
        switch (plan.getPatternCase()) {
            case SAGA -> plan.getSaga().getStepsList().forEach(step -> step(shape, step));
            case TCC -> {
                flag(shape, 'q', plan.getTcc().getSequential());
                plan.getTcc().getBranchesList().forEach(branch -> branch(shape, branch));
            }
            case TWO_PHASE ->
                plan.getTwoPhase().getBranchesList().forEach(branch -> {
                    shape.append('|');
                    flag(shape, 'p', branch.hasPreCommit());
                });
            case MESSAGE ->
                shape.append(plan.getMessage().getDeliveriesCount())
                        .append(plan.getMessage().getOrderingKey())
                        .append(plan.getMessage().hasCheckBack());
            case NOTIFICATION ->
                flag(shape, 's', plan.getNotification().getDeliver().getPolicy().getScheduleCount() > 0);
            case PATTERN_NOT_SET -> throw new IllegalArgumentException("a plan without a pattern has no shape");
        }
        return shape.toString();
    }

    /** Returns a number that is equal for equal shapes, and for others hardly ever: the first 64 bits of a SHA-256. */
    public static long hash(Plan plan) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(of(plan).getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.wrap(digest).getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static void step(StringBuilder shape, SagaStep step) {
        shape.append('|').append(kind(step));
        flag(shape, 'p', step.getPivot());
        flag(shape, 'r', step.getRetriable());
        flag(shape, 'u', step.hasCompensate());
        step.getAfterList().forEach(earlier -> shape.append('<').append(earlier));
        bindings(shape, step.getAction());
        bindings(shape, step.getNotification().getDeliver());
        bindings(shape, step.getCompensate());
    }

    private static char kind(SagaStep step) {
        if (step.hasApproval()) {
            return switch (step.getApproval().getOnExpiry()) {
                case APPROVE -> 'y';
                case PARK -> 'k';
                case REJECT, EXPIRY_UNSPECIFIED, UNRECOGNIZED -> 'n';
            };
        }
        return step.hasMessage() ? 'm' : step.hasNotification() ? 'f' : 'a';
    }

    private static void bindings(StringBuilder shape, Operation operation) {
        shape.append(';');
        operation.getBindList().forEach(bind -> shape.append(bind.getFrom()).append(bind.getRequired() ? '!' : '?'));
    }

    private static void branch(StringBuilder shape, TccBranch branch) {
        shape.append('|').append(branch.getParent());
        bindings(shape, branch.getTry());
        bindings(shape, branch.getCancel());
    }

    private static void flag(StringBuilder shape, char name, boolean isSet) {
        if (isSet) {
            shape.append(name);
        }
    }
}
