package dev.entente.simulation.reference;

import com.google.protobuf.Duration;
import dev.entente.v1.Approval;
import dev.entente.v1.Binding;
import dev.entente.v1.CallPolicy;
import dev.entente.v1.Message;
import dev.entente.v1.Notification;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.Saga;
import dev.entente.v1.SagaStep;
import dev.entente.v1.Tcc;
import dev.entente.v1.TccBranch;
import dev.entente.v1.TwoPhase;
import dev.entente.v1.XaBranch;
import java.util.List;

/** Factory methods for plans of the API. Every operation has two attempts. */
final class Plans {
    static final int ATTEMPTS = 2;

    private Plans() {}

    static Operation.Builder operation() {
        return Operation.newBuilder()
                .setGrpc("some/some.v1.Service/Call")
                .setPolicy(CallPolicy.newBuilder().setMaxAttempts(ATTEMPTS));
    }

    static Duration millis(int millis) {
        return Duration.newBuilder()
                .setSeconds(millis / 1000)
                .setNanos(millis % 1000 * 1_000_000)
                .build();
    }

    static Plan.Builder saga(SagaStep.Builder... steps) {
        Saga.Builder saga = Saga.newBuilder();
        List.of(steps).forEach(saga::addSteps);
        return Plan.newBuilder().setName("saga").setSaga(saga);
    }

    /** Creates a step with a compensation. */
    static SagaStep.Builder step(String id, String... after) {
        return bare(id, after).setAction(operation()).setCompensate(operation());
    }

    /** Creates a step without a compensation. */
    static SagaStep.Builder plain(String id, String... after) {
        return bare(id, after).setAction(operation()).setNoUndo(true);
    }

    static SagaStep.Builder approval(String id, String... after) {
        return bare(id, after)
                .setApproval(Approval.newBuilder().setWithin(millis(1000)).setOnExpiry(Approval.Expiry.REJECT));
    }

    static SagaStep.Builder message(String id, String... after) {
        return bare(id, after).setNoUndo(true).setMessage(Message.newBuilder().addDeliveries(operation()));
    }

    static SagaStep.Builder binding(SagaStep.Builder step, String from) {
        step.getActionBuilder().addBind(firstField(from));
        return step;
    }

    /** Adds to the compensation of the step a field of the response of {@code from}. */
    static SagaStep.Builder undoBinding(SagaStep.Builder step, String from, boolean isRequired) {
        step.getCompensateBuilder().addBind(firstField(from).setRequired(isRequired));
        return step;
    }

    static TccBranch tryBinding(TccBranch branch, String from) {
        return branch.toBuilder()
                .setTry(branch.getTry().toBuilder().addBind(firstField(from)))
                .build();
    }

    static TccBranch cancelRequiring(TccBranch branch, String from) {
        return branch.toBuilder()
                .setCancel(
                        branch.getCancel().toBuilder().addBind(firstField(from).setRequired(true)))
                .build();
    }

    private static Binding.Builder firstField(String from) {
        return Binding.newBuilder().setFrom(from).setFromPath("1").setToPath("1");
    }

    private static SagaStep.Builder bare(String id, String... after) {
        return SagaStep.newBuilder().setId(id).addAllAfter(List.of(after));
    }

    static Plan.Builder tcc(boolean isSequential, TccBranch... branches) {
        return Plan.newBuilder()
                .setName("tcc")
                .setTcc(Tcc.newBuilder().setSequential(isSequential).addAllBranches(List.of(branches)));
    }

    static TccBranch branch(String id, String parent) {
        return TccBranch.newBuilder()
                .setId(id)
                .setParent(parent)
                .setTry(operation())
                .setConfirm(operation())
                .setCancel(operation())
                .build();
    }

    static Plan.Builder twoPhase(boolean isThreePhase, String... ids) {
        TwoPhase.Builder twoPhase = TwoPhase.newBuilder();
        for (String id : ids) {
            XaBranch.Builder branch = twoPhase.addBranchesBuilder()
                    .setId(id)
                    .setPrepare(operation())
                    .setCommit(operation())
                    .setRollback(operation());
            if (isThreePhase) {
                branch.setPreCommit(operation());
            }
        }
        return Plan.newBuilder().setName("two-phase").setTwoPhase(twoPhase);
    }

    static Plan.Builder message(String key, boolean asksBack, int deliveries) {
        Message.Builder message = Message.newBuilder().setOrderingKey(key);
        for (int i = 0; i < deliveries; i++) {
            message.addDeliveries(operation());
        }
        if (asksBack) {
            message.setCheckBack(operation());
        }
        return Plan.newBuilder().setName("message").setMessage(message);
    }

    static Plan.Builder notification() {
        return Plan.newBuilder()
                .setName("notification")
                .setNotification(Notification.newBuilder().setDeliver(operation()));
    }
}
