package dev.entente.simulation.random;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import dev.entente.simulation.random.OperationSource.Part;
import dev.entente.v1.CheckBackPolicy;
import dev.entente.v1.Message;
import dev.entente.v1.Notification;
import dev.entente.v1.Plan;
import dev.entente.v1.Tcc;
import dev.entente.v1.TccBranch;
import dev.entente.v1.TwoPhase;
import dev.entente.v1.XaBranch;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Draws valid plans of every pattern. Submit accepts each plan, or Begin accepts it if a client begins it. Equal seeds
 * draw equal plans. For one thread.
 */
public final class RandomPlans {
    private static final int MAX_TCC_BRANCHES = 8;
    private static final int DEEPEST = 4;
    private static final int MAX_DELIVERIES = 5;
    private static final int KEYS = 2;

    private final Random random;
    private final OperationSource operations;

    public RandomPlans(Random random, OperationSource operations) {
        this.random = random;
        this.operations = operations;
    }

    /**
     * Draws a saga of 1 to 12 steps: in sequence or a graph, with every mix of kinds of steps, pivot and bindings.
     *
     * @param now a start time is later than this
     */
    public Plan saga(Instant now) {
        Plan.Builder plan = base();
        new SagaShape(random, operations).draw(plan);
        return scheduled(plan, now).build();
    }

    /**
     * Draws a TCC of 1 to 8 branches, some of them nested at most 4 deep. In a sequential TCC some tries read the
     * response of the previous branch, or have a cancel that requires that response.
     */
    public Plan tcc(Instant now) {
        Tcc.Builder tcc = Tcc.newBuilder().setSequential(random.nextInt(3) == 0);
        List<String> paths = new ArrayList<>();
        boolean isNested = random.nextInt(2) == 0;
        for (int i = few(MAX_TCC_BRANCHES); i > 0; i--) {
            String id = "b" + paths.size();
            String parent = isNested && random.nextInt(2) == 0 ? parent(paths) : "";
            TccBranch branch = branch(id, parent);
            tcc.addBranches(tcc.getSequential() && !paths.isEmpty() ? bound(branch, paths) : branch);
            paths.add(parent.isEmpty() ? id : parent + "/" + id);
        }
        return scheduled(base().setTcc(tcc), now).build();
    }

    /** Binds by the branch's position, without a random number, so that later draws are unchanged. */
    private static TccBranch bound(TccBranch branch, List<String> paths) {
        TccBranch.Builder bound = branch.toBuilder();
        switch (paths.size() % 3) {
            case 1 -> SagaShape.bind(bound.getCancelBuilder(), paths.getLast(), true);
            case 2 -> SagaShape.bind(bound.getTryBuilder(), paths.getLast(), false);
            default -> {}
        }
        return bound.build();
    }

    private String parent(List<String> paths) {
        List<String> possible = paths.stream()
                .filter(path -> path.chars().filter(c -> c == '/').count() < DEEPEST - 1)
                .toList();
        return possible.isEmpty() ? "" : possible.get(random.nextInt(possible.size()));
    }

    /** Draws a branch of a TCC, for a plan or to be registered. */
    public TccBranch branch(String id, String parent) {
        return TccBranch.newBuilder()
                .setId(id)
                .setParent(parent)
                .setTry(operations.operation(Part.FORWARD))
                .setConfirm(operations.operation(Part.COMPLETION))
                .setCancel(operations.operation(Part.UNDO))
                .build();
    }

    /** Draws a two- or three-phase transaction of 1 to 6 branches. */
    public Plan twoPhase(Instant now) {
        TwoPhase.Builder twoPhase = TwoPhase.newBuilder();
        boolean isThreePhase = random.nextInt(3) == 0;
        for (int i = few(6); i > 0; i--) {
            XaBranch.Builder branch = twoPhase.addBranchesBuilder()
                    .setId("b" + twoPhase.getBranchesCount())
                    .setPrepare(operations.operation(Part.FORWARD))
                    .setCommit(operations.operation(Part.COMPLETION))
                    .setRollback(operations.operation(Part.UNDO));
            if (isThreePhase) {
                branch.setPreCommit(operations.operation(Part.FORWARD));
            }
        }
        return scheduled(base().setTwoPhase(twoPhase), now).build();
    }

    /** Draws a message with 1 to 5 deliveries and no deadline. Half of the messages have an ordering key. */
    public Plan message(Instant now) {
        Message.Builder message = Message.newBuilder();
        for (int i = few(MAX_DELIVERIES); i > 0; i--) {
            message.addDeliveries(operations.operation(Part.DELIVERY));
        }
        if (random.nextBoolean()) {
            message.setOrderingKey("key-" + random.nextInt(KEYS));
        }
        return scheduled(base().clearDeadline().setMessage(message), now).build();
    }

    /** Draws a message that its client begins, with a check-back operation. */
    public Plan checked(Instant now) {
        CheckBackPolicy.Builder policy = CheckBackPolicy.newBuilder()
                .setFirstAfter(millis(500 + random.nextInt(2500)))
                .setEvery(seconds(1))
                .setLimit(3);
        Plan.Builder plan = message(now).toBuilder().clearStartTime();
        plan.getMessageBuilder().setCheckBack(operations.operation(Part.CHECK)).setCheckBackPolicy(policy);
        return plan.build();
    }

    /** Draws a notification. Half of the notifications have a retry schedule of their own. */
    public Plan notification(Instant now) {
        Notification.Builder notification =
                Notification.newBuilder().setDeliver(operations.operation(Part.NOTIFICATION));
        if (random.nextBoolean()) {
            notification
                    .getDeliverBuilder()
                    .getPolicyBuilder()
                    .addSchedule(millis(200))
                    .addSchedule(seconds(2));
        }
        return scheduled(base().setNotification(notification), now).build();
    }

    private Plan.Builder base() {
        Plan.Builder plan = Plan.newBuilder().setName("drawn");
        if (random.nextInt(4) == 0) {
            plan.setDeadline(seconds(3 + random.nextInt(20)));
        }
        return plan;
    }

    private Plan.Builder scheduled(Plan.Builder plan, Instant now) {
        if (random.nextInt(8) == 0) {
            Instant start = now.plusSeconds(2 + random.nextInt(6));
            plan.setStartTime(Timestamp.newBuilder().setSeconds(start.getEpochSecond()));
        }
        return plan;
    }

    /** Returns a number from 1 to {@code most}; smaller numbers are more frequent. */
    private int few(int most) {
        return 1 + Math.min(random.nextInt(most), random.nextInt(most));
    }

    static Duration seconds(int seconds) {
        return Duration.newBuilder().setSeconds(seconds).build();
    }

    static Duration millis(int millis) {
        return Duration.newBuilder()
                .setSeconds(millis / 1000)
                .setNanos(millis % 1000 * 1_000_000)
                .build();
    }
}
