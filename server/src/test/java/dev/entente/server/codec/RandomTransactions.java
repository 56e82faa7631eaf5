package dev.entente.server.codec;

import com.google.protobuf.ByteString;
import dev.entente.v1.Approval;
import dev.entente.v1.Binding;
import dev.entente.v1.CallPolicy;
import dev.entente.v1.HttpCall;
import dev.entente.v1.KafkaRecord;
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
import java.util.Random;

/** Random plans of every shape; equal seeds give equal plans. */
final class RandomTransactions {
    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyzäöü€";

    private final Random random;

    RandomTransactions(long seed) {
        this.random = new Random(seed);
    }

    /** Returns a representable plan, though its order need not make sense. */
    Plan plan() {
        Plan.Builder plan = Plan.newBuilder().setGid(text(20)).setName(text(10));
        for (int i = random.nextInt(4); i > 0; i--) {
            plan.putLabels(text(8), text(8));
        }
        if (random.nextBoolean()) {
            plan.getDeadlineBuilder().setSeconds(random.nextInt(10_000)).setNanos(random.nextInt(1_000) * 1_000_000);
        }
        if (random.nextInt(3) == 0) {
            plan.getStartTimeBuilder().setSeconds(1_800_000_000L + random.nextInt(1_000_000));
        }
        if (random.nextInt(3) == 0) {
            plan.setDefaults(policy());
        }
        int branches = random.nextInt(8);
        if (branches > 0 && random.nextBoolean()) {
            plan.setResultBranch("b" + random.nextInt(branches));
        }
        return switch (random.nextInt(5)) {
            case 0 -> plan.clearResultBranch().setNotification(notification()).build();
            case 1 -> plan.setSaga(saga(branches)).build();
            case 2 -> plan.setTcc(tcc(branches)).build();
            case 3 -> plan.clearResultBranch().setMessage(message(branches)).build();
            default -> plan.setTwoPhase(twoPhase(branches)).build();
        };
    }

    private Saga saga(int size) {
        Saga.Builder saga = Saga.newBuilder();
        boolean isDag = random.nextBoolean();
        for (int i = 0; i < size; i++) {
            SagaStep.Builder step = SagaStep.newBuilder()
                    .setId("b" + i)
                    .setPivot(random.nextInt(5) == 0)
                    .setRetriable(random.nextInt(5) == 0);
            boolean isApproval = random.nextInt(5) == 0;
            if (isApproval) {
                step.setApproval(approval());
            } else if (random.nextInt(6) == 0) {
                step.setNotification(Notification.newBuilder().setDeliver(operation(size, "action")));
            } else {
                step.setAction(operation(size, "action"));
            }
            if (isApproval) {
                step.setNoUndo(random.nextBoolean());
            } else if (random.nextBoolean()) {
                step.setCompensate(operation(size, "compensate"));
            } else {
                step.setNoUndo(true);
            }
            for (int j = 0; isDag && j < i; j++) {
                if (random.nextInt(3) == 0) {
                    step.addAfter("b" + j);
                }
            }
            saga.addSteps(step);
        }
        return saga.build();
    }

    private Approval approval() {
        Approval.Builder approval = Approval.newBuilder().setPrompt(text(20)).setOnExpiryValue(random.nextInt(4));
        approval.getWithinBuilder().setSeconds(1 + random.nextInt(10_000));
        for (int i = random.nextInt(3); i > 0; i--) {
            approval.addApprovers(text(8));
        }
        return approval.build();
    }

    private Tcc tcc(int size) {
        Tcc.Builder tcc = Tcc.newBuilder().setSequential(random.nextBoolean());
        for (int i = 0; i < size; i++) {
            tcc.addBranches(tccBranch("b" + i, size));
        }
        if (size > 0 && random.nextBoolean()) {
            tcc.addBranches(tccBranch("child", size).toBuilder().setParent("b0"));
        }
        return tcc.build();
    }

    TccBranch tccBranch(String id, int size) {
        return TccBranch.newBuilder()
                .setId(id)
                .setTry(operation(size, "try"))
                .setConfirm(operation(size, "confirm"))
                .setCancel(operation(size, "cancel"))
                .build();
    }

    private TwoPhase twoPhase(int size) {
        TwoPhase.Builder twoPhase = TwoPhase.newBuilder();
        boolean isThreePhase = random.nextBoolean();
        for (int i = 0; i < size; i++) {
            XaBranch.Builder branch = twoPhase.addBranchesBuilder()
                    .setId("b" + i)
                    .setPrepare(operation(size, "prepare"))
                    .setCommit(operation(size, "commit"))
                    .setRollback(operation(size, "rollback"));
            if (isThreePhase) {
                branch.setPreCommit(operation(size, "prepare"));
            }
        }
        return twoPhase.build();
    }

    private Message message(int size) {
        Message.Builder message = Message.newBuilder();
        for (int i = 0; i < size; i++) {
            message.addDeliveries(operation(0, "deliver"));
        }
        return message.build();
    }

    private Notification notification() {
        return Notification.newBuilder()
                .setDeliver(operation(1, "deliver").toBuilder().clearBind())
                .build();
    }

    private Operation operation(int size, String ownName) {
        int kind = random.nextInt(4);
        boolean isJson = kind < 2;
        Operation.Builder operation = Operation.newBuilder();
        if (kind == 0) {
            operation.setHttp(http());
        } else if (kind == 1) {
            operation.setKafka(kafka());
        } else {
            operation.setGrpc("p" + random.nextInt(3) + "/shop.v1.Service/M" + random.nextInt(4));
        }
        if (random.nextBoolean()) {
            operation.setRaw(bytes());
        }
        if (random.nextInt(3) == 0) {
            operation.setPolicy(policy());
        }
        for (int i = size == 0 ? 0 : random.nextInt(3); i > 0; i--) {
            operation.addBind(Binding.newBuilder()
                    .setFrom("b" + random.nextInt(size))
                    .setFromOp(random.nextBoolean() ? "" : ownName)
                    .setFromPath(isJson ? pointer() : path())
                    .setToPath(isJson ? pointer() : path())
                    .setRequired(random.nextBoolean()));
        }
        return operation.build();
    }

    private HttpCall http() {
        HttpCall.Builder call =
                HttpCall.newBuilder().setParticipant("h" + random.nextInt(3)).setPath("/" + text(8));
        if (random.nextBoolean()) {
            call.setMethod("PUT");
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            call.putHeaders("x-" + text(4), text(8));
        }
        return call.build();
    }

    private KafkaRecord kafka() {
        KafkaRecord.Builder sent =
                KafkaRecord.newBuilder().setConnector("k" + random.nextInt(3)).setTopic(text(8));
        if (random.nextBoolean()) {
            sent.setKey(text(6));
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            sent.putHeaders("x-" + text(4), text(8));
        }
        return sent.build();
    }

    private String pointer() {
        return switch (random.nextInt(3)) {
            case 0 -> "";
            case 1 -> "/" + text(6);
            default -> "/~0" + text(3) + "/~1/" + random.nextInt(9);
        };
    }

    private String path() {
        return switch (random.nextInt(3)) {
            case 0 -> "";
            case 1 -> "" + (1 + random.nextInt(18_999));
            default -> (1 + random.nextInt(5)) + "." + (1 + random.nextInt(1 << 14));
        };
    }

    private CallPolicy policy() {
        CallPolicy.Builder policy = CallPolicy.newBuilder();
        if (random.nextBoolean()) {
            policy.getTimeoutBuilder().setSeconds(1 + random.nextInt(100));
        }
        if (random.nextBoolean()) {
            policy.setMaxAttempts(1 + random.nextInt(50));
        }
        if (random.nextBoolean()) {
            policy.getFirstBackoffBuilder().setNanos(random.nextInt(1_000) * 1_000_000);
            policy.getMaxBackoffBuilder().setSeconds(1 + random.nextInt(10));
        }
        if (random.nextBoolean()) {
            policy.setMultiplier(1 + random.nextDouble());
        }
        return policy.build();
    }

    ByteString bytes() {
        byte[] bytes = new byte[random.nextInt(100)];
        random.nextBytes(bytes);
        return ByteString.copyFrom(bytes);
    }

    private String text(int longest) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(longest); i > 0; i--) {
            text.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        return text.toString();
    }
}
