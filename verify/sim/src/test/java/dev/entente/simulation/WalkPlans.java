package dev.entente.simulation;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import dev.entente.simulation.drawing.PlanMaker;
import dev.entente.simulation.random.RandomPlans;
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
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Draws plans for walks: every kind of step anywhere in a graph, nested TCC to any depth, three phases, every policy
 * short.
 */
final class WalkPlans {
    /** When a walk begins. */
    static final Instant NOW = Instant.ofEpochSecond(1000);

    private static final int MOST_STEPS = 8;

    private final Random random;

    WalkPlans(Random random) {
        this.random = random;
    }

    /** Half of them are drawn as the simulation draws them. */
    Plan any() {
        return random.nextBoolean() ? drawn() : walked();
    }

    private Plan drawn() {
        RandomPlans plans = new RandomPlans(random, _ -> operation());
        return switch (random.nextInt(8)) {
            case 0, 1, 2, 3 -> plans.saga(NOW);
            case 4, 5 -> plans.tcc(NOW);
            case 6 -> random.nextBoolean() ? plans.twoPhase(NOW) : plans.notification(NOW);
            default -> inNoLane(plans.message(NOW));
        };
    }

    /** A walk knows one transaction alone, and nobody's turn. */
    private static Plan inNoLane(Plan message) {
        Plan.Builder plan = message.toBuilder();
        plan.getMessageBuilder().clearOrderingKey();
        return plan.build();
    }

    private Plan walked() {
        Plan.Builder plan = switch (random.nextInt(8)) {
            case 0, 1, 2, 3 -> saga();
            case 4, 5 -> tcc();
            case 6 -> random.nextBoolean() ? twoPhase() : notification();
            default -> message();
        };
        plan.setName("walk");
        if (!plan.hasMessage() && random.nextInt(3) == 0) {
            plan.setDeadline(millis(200 + random.nextInt(20_000)));
        }
        if (random.nextInt(12) == 0) {
            plan.setStartTime(Timestamp.newBuilder().setSeconds(1005));
        }
        return plan.build();
    }

    /** One that a client begins. */
    Plan begun() {
        if (random.nextInt(4) == 0) {
            return inNoLane(new RandomPlans(random, _ -> operation()).checked(NOW));
        }
        Plan.Builder plan = random.nextBoolean()
                ? Plan.newBuilder().setTcc(Tcc.getDefaultInstance()).setDeadline(millis(30_000))
                : message();
        if (plan.hasMessage()) {
            plan.getMessageBuilder().setCheckBack(operation());
        }
        return plan.setName("walk").build();
    }

    private Plan.Builder saga() {
        int steps = 1 + random.nextInt(MOST_STEPS);
        boolean isGraph = random.nextInt(3) > 0;
        int pivot = random.nextInt(4) == 0 ? random.nextInt(steps) : -1;
        boolean isChain = !isGraph || pivot >= 0;
        Saga.Builder saga = Saga.newBuilder();
        for (int i = 0; i < steps; i++) {
            SagaStep.Builder step = step(i, pivot);
            if (!isChain) {
                after(step, i);
            }
            saga.addSteps(step);
        }
        bind(saga, isChain);
        return Plan.newBuilder().setSaga(saga);
    }

    private void after(SagaStep.Builder step, int index) {
        for (int before = 0; before < index; before++) {
            if (random.nextInt(index) < 2) {
                step.addAfter("s" + before);
            }
        }
    }

    private void bind(Saga.Builder saga, boolean isChain) {
        for (int i = 1; i < saga.getStepsCount(); i++) {
            SagaStep.Builder step = saga.getStepsBuilder(i);
            SagaStep before = isChain
                    ? saga.getSteps(i - 1)
                    : step.getAfterCount() == 0
                            ? SagaStep.getDefaultInstance()
                            : saga.getSteps(Integer.parseInt(step.getAfter(0).substring(1)));
            if (step.hasAction() && before.hasAction() && random.nextInt(4) == 0) {
                step.getActionBuilder()
                        .addBind(Binding.newBuilder()
                                .setFrom(before.getId())
                                .setFromPath("1")
                                .setToPath("2"));
            }
        }
    }

    private SagaStep.Builder step(int index, int pivot) {
        SagaStep.Builder step = SagaStep.newBuilder().setId("s" + index);
        boolean mayAsk = pivot < 0 || index < pivot;
        int kind = random.nextInt(10);
        if (kind == 0 && mayAsk) {
            return step.setApproval(Approval.newBuilder()
                    .setWithin(millis(100 + random.nextInt(20_000)))
                    .setOnExpiryValue(1 + random.nextInt(3)));
        }
        if (kind == 1 && index != pivot) {
            step.setMessage(Message.newBuilder().addDeliveries(operation()));
        } else if (kind == 2 && index != pivot) {
            step.setNotification(Notification.newBuilder().setDeliver(operation()));
        } else {
            step.setAction(operation());
            step.setRetriable(pivot < 0 && random.nextInt(10) == 0);
        }
        step.setPivot(index == pivot);
        boolean isIrreversible = (pivot >= 0 && index >= pivot) || random.nextInt(4) == 0;
        return isIrreversible ? step.setNoUndo(true) : step.setCompensate(operation());
    }

    private Plan.Builder tcc() {
        List<TccBranch> branches = new ArrayList<>();
        List<String> paths = new ArrayList<>();
        for (int i = 0; i <= random.nextInt(6); i++) {
            String parent = paths.isEmpty() || random.nextBoolean() ? "" : paths.get(random.nextInt(paths.size()));
            paths.add(parent.isEmpty() ? "b" + i : parent + "/b" + i);
            branches.add(new PlanMaker(random)
                    .branch("b" + i, parent).toBuilder()
                            .setTry(operation())
                            .setConfirm(operation())
                            .setCancel(operation())
                            .build());
        }
        return Plan.newBuilder()
                .setTcc(Tcc.newBuilder().setSequential(random.nextInt(3) == 0).addAllBranches(branches));
    }

    private Plan.Builder twoPhase() {
        TwoPhase.Builder twoPhase = TwoPhase.newBuilder();
        boolean isThreePhase = random.nextBoolean();
        for (int i = 0; i <= random.nextInt(3); i++) {
            XaBranch.Builder branch = twoPhase.addBranchesBuilder()
                    .setId("b" + i)
                    .setPrepare(operation())
                    .setCommit(operation())
                    .setRollback(operation());
            if (isThreePhase) {
                branch.setPreCommit(operation());
            }
        }
        return Plan.newBuilder().setTwoPhase(twoPhase);
    }

    private Plan.Builder message() {
        Message.Builder message = Message.newBuilder();
        for (int i = 0; i <= random.nextInt(3); i++) {
            message.addDeliveries(operation());
        }
        return Plan.newBuilder().setMessage(message);
    }

    private Plan.Builder notification() {
        return Plan.newBuilder().setNotification(Notification.newBuilder().setDeliver(operation()));
    }

    private Operation.Builder operation() {
        return Operation.newBuilder()
                .setGrpc("walk/walk.v1.Service/Call")
                .setRaw(ByteString.EMPTY)
                .setPolicy(CallPolicy.newBuilder()
                        .setTimeout(millis(1000))
                        .setMaxAttempts(1 + random.nextInt(4))
                        .setFirstBackoff(millis(50))
                        .setMaxBackoff(millis(1000 + random.nextInt(60_000)))
                        .setMultiplier(3));
    }

    private static Duration millis(int millis) {
        return Duration.newBuilder()
                .setSeconds(millis / 1000)
                .setNanos(millis % 1000 * 1_000_000)
                .build();
    }
}
