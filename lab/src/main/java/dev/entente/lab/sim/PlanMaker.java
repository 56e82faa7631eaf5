package dev.entente.lab.sim;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.engine.Submission;
import dev.entente.v1.Approval;
import dev.entente.v1.Binding;
import dev.entente.v1.CallPolicy;
import dev.entente.v1.CheckBackPolicy;
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
 * Draws plans: sequences, DAGs, pivots, bindings; TCC at once and one after another, begun by a client, with children that the plan declares or that join; two-phase; messages
 * and notifications, also as steps.
 */
final class PlanMaker {
    /** Of a transaction that its client has begun. */
    static final java.time.Duration BEGUN_DEADLINE = java.time.Duration.ofSeconds(6);

    private static final List<Duration> FIRST_BACKOFFS = List.of(millis(100), seconds(1), seconds(4), seconds(25));

    private final Random random;
    private final PlanCodec codec = PlanCodec.standard();

    PlanMaker(Random random) {
        this.random = random;
    }

    /** What a client is going to do with it. */
    enum Kind {
        SAGA,
        TCC,
        INTERACTIVE,
        TWO_PHASE,
        MESSAGE,
        CHECKED,
        NOTIFICATION
    }

    Submission submission(String gid, Kind kind, Instant now) {
        Plan plan = switch (kind) {
            case SAGA -> saga(now);
            case TCC -> tcc(2 + random.nextInt(4));
            case TWO_PHASE -> twoPhase(2 + random.nextInt(2));
            case MESSAGE -> message(1 + random.nextInt(3));
            case CHECKED -> checked(message(1 + random.nextInt(2)));
            case NOTIFICATION -> notification(now);
            case INTERACTIVE ->
                base().setDeadline(seconds((int) BEGUN_DEADLINE.toSeconds()))
                        .setTcc(Tcc.getDefaultInstance())
                        .build();
        };
        PlanCodec.Decoded decoded = codec.decode(plan);
        return new Submission(gid, decoded.plan(), decoded.encoded(), decoded.digest(), begins(kind));
    }

    private static boolean begins(Kind kind) {
        return kind == Kind.INTERACTIVE || kind == Kind.CHECKED;
    }

    private Plan.Builder base() {
        Plan.Builder plan = Plan.newBuilder().setName("simulated");
        if (random.nextInt(4) == 0) {
            plan.setDeadline(seconds(3 + random.nextInt(20)));
        }
        return plan;
    }

    private Plan saga(Instant now) {
        int steps = 2 + random.nextInt(4);
        int pivot = random.nextInt(3) == 0 ? random.nextInt(steps) : -1;
        boolean isDag = pivot < 0 && random.nextInt(3) == 0;
        Saga.Builder saga = Saga.newBuilder();
        int asked = random.nextInt(4) == 0 ? random.nextInt(steps) : -1;
        boolean mayAsk = asked < steps - 1 && (pivot < 0 || asked < pivot);
        for (int i = 0; i < steps; i++) {
            boolean isAfterQuestion = mayAsk && i == asked + 1;
            saga.addSteps(mayAsk && i == asked ? approval(i, isDag) : step(i, pivot, isDag, !isAfterQuestion));
        }
        Plan.Builder plan = scheduled(base().setSaga(saga), now);
        return random.nextInt(4) == 0 ? plan.setResultBranch("s" + (steps - 1)).build() : plan.build();
    }

    private SagaStep approval(int index, boolean isDag) {
        SagaStep.Builder step = SagaStep.newBuilder()
                .setId("s" + index)
                .setApproval(Approval.newBuilder()
                        .setWithin(seconds(1 + random.nextInt(25)))
                        .setOnExpiryValue(1 + random.nextInt(3)));
        if (isDag && index > 0) {
            step.addAfter("s" + random.nextInt(index));
        }
        return step.build();
    }

    private SagaStep step(int index, int pivot, boolean isDag, boolean mayRead) {
        Operation.Builder action = operation(3 + random.nextInt(3));
        boolean isBound = mayRead && index > 0 && random.nextInt(3) == 0 && !isDag;
        if (isBound) {
            action.addBind(Binding.newBuilder()
                    .setFrom("s" + (index - 1))
                    .setFromPath("1")
                    .setToPath("2"));
        }
        SagaStep.Builder step = SagaStep.newBuilder()
                .setId("s" + index)
                .setPivot(index == pivot)
                .setRetriable(pivot < 0 && random.nextInt(12) == 0);
        if (random.nextInt(10) == 0) {
            addChild(step, action);
        } else {
            step.setAction(action);
        }
        if (isDag && index > 0) {
            step.addAfter("s" + random.nextInt(index));
        }
        boolean isIrreversible = pivot >= 0 ? index >= pivot : random.nextInt(3) == 0;
        return isIrreversible
                ? step.setNoUndo(true).build()
                : step.setCompensate(operation(6)).build();
    }

    private void addChild(SagaStep.Builder step, Operation.Builder action) {
        if (random.nextBoolean()) {
            step.setNotification(Notification.newBuilder().setDeliver(action));
        } else {
            step.setMessage(Message.newBuilder().addDeliveries(operation(6)));
        }
    }

    private Plan tcc(int branches) {
        Tcc.Builder tcc = Tcc.newBuilder().setSequential(random.nextBoolean());
        List<String> paths = new ArrayList<>();
        for (int i = 0; i < branches; i++) {
            boolean isChild = i > 0 && random.nextInt(5) < 2;
            String parent = isChild ? paths.get(random.nextInt(i)) : "";
            tcc.addBranches(branch("b" + i, parent));
            paths.add(isChild ? parent + "/b" + i : "b" + i);
        }
        return base().setTcc(tcc).build();
    }

    private Plan twoPhase(int branches) {
        TwoPhase.Builder twoPhase = TwoPhase.newBuilder();
        boolean isThreePhase = random.nextInt(3) == 0;
        for (int i = 0; i < branches; i++) {
            XaBranch.Builder branch = twoPhase.addBranchesBuilder()
                    .setId("b" + i)
                    .setPrepare(operation(3))
                    .setCommit(operation(6))
                    .setRollback(operation(6));
            if (isThreePhase) {
                branch.setPreCommit(operation(3));
            }
        }
        return base().setTwoPhase(twoPhase).build();
    }

    private Plan notification(Instant now) {
        Operation.Builder deliver = operation(3);
        if (random.nextBoolean()) {
            deliver.getPolicyBuilder().addSchedule(millis(200)).addSchedule(seconds(2));
        }
        Plan.Builder plan = base().setNotification(Notification.newBuilder().setDeliver(deliver));
        return scheduled(plan, now).build();
    }

    private Plan.Builder scheduled(Plan.Builder plan, Instant now) {
        if (random.nextInt(8) == 0) {
            Instant start = now.plusSeconds(2 + random.nextInt(6));
            plan.setStartTime(Timestamp.newBuilder().setSeconds(start.getEpochSecond()));
        }
        return plan;
    }

    private Plan message(int deliveries) {
        Message.Builder message = Message.newBuilder();
        for (int i = 0; i < deliveries; i++) {
            message.addDeliveries(operation(6));
        }
        if (random.nextBoolean()) {
            message.setOrderingKey("key-" + random.nextInt(2));
        }
        return base().clearDeadline().setMessage(message).build();
    }

    private Plan checked(Plan message) {
        CheckBackPolicy.Builder policy = CheckBackPolicy.newBuilder()
                .setFirstAfter(millis(500 + random.nextInt(2500)))
                .setEvery(seconds(1))
                .setLimit(3);
        Plan.Builder plan = message.toBuilder();
        plan.getMessageBuilder().setCheckBack(operation(3)).setCheckBackPolicy(policy);
        return plan.build();
    }

    TccBranch branch(String id, String parent) {
        return TccBranch.newBuilder()
                .setId(id)
                .setParent(parent)
                .setTry(operation(3))
                .setConfirm(operation(6))
                .setCancel(operation(6))
                .build();
    }

    private Operation.Builder operation(int attempts) {
        return Operation.newBuilder()
                .setGrpc("sim/sim.v1.Service/Call")
                .setRaw(ByteString.EMPTY)
                .setPolicy(CallPolicy.newBuilder()
                        .setTimeout(millis(500 + random.nextInt(1500)))
                        .setMaxAttempts(attempts)
                        .setFirstBackoff(FIRST_BACKOFFS.get(random.nextInt(FIRST_BACKOFFS.size())))
                        .setMaxBackoff(seconds(30))
                        .setMultiplier(3));
    }

    private static Duration seconds(int seconds) {
        return Duration.newBuilder().setSeconds(seconds).build();
    }

    private static Duration millis(int millis) {
        return Duration.newBuilder()
                .setSeconds(millis / 1000)
                .setNanos(millis % 1000 * 1_000_000)
                .build();
    }
}
