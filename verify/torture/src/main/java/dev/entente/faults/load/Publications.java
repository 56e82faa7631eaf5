package dev.entente.faults.load;

import dev.entente.client.Entente;
import dev.entente.client.Message;
import dev.entente.client.Notification;
import dev.entente.client.Retry;
import dev.entente.faults.check.Shape;
import dev.entente.faults.check.Shape.BranchShape;
import dev.entente.faults.check.Shape.Pattern;
import dev.entente.faults.load.LocalMessage.Ending;
import dev.entente.faults.load.Workload.Transfer;
import dev.entente.faults.machine.TortureRig;
import dev.entente.v1.Plan;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import torture.v1.MoveRequest;

/** Messages, events and notifications of the load. Used by one thread. */
final class Publications {
    private static final int LANES = 6;
    private static final int SLOW_MILLIS = 1500;
    private static final Retry SOON_GIVEN_UP = Retry.exponential(Duration.ofMillis(100), Duration.ofMillis(300), 4);

    private final Fleet fleet;
    private final Random random;

    Publications(Fleet fleet, Random random) {
        this.fleet = fleet;
        this.random = random;
    }

    /** Nobody may refuse what is delivered, but it may take its time, and answers may be lost. */
    private MoveRequest request(long cents) {
        MoveRequest.Builder trouble =
                Workload.trouble(random).setLoseAnswers(random.nextInt(2)).setFailTimes(random.nextInt(4) == 0 ? 1 : 0);
        return Workload.request(random, cents, trouble);
    }

    /** Both halves of a transfer, delivered; some in a lane. */
    Job message(Transfer transfer) {
        Entente entente = fleet.get(0);
        Message message = Workload.usual(entente.message("moved"), transfer.gid())
                .to(new Moves(entente.participant(transfer.to()), request(transfer.cents())).move())
                .to(new Moves(entente.participant(transfer.from()), request(-transfer.cents())).move());
        String key = "direct-" + transfer.to() + random.nextInt(LANES);
        return inLane(
                transfer,
                message.toProto(),
                random.nextInt(3) > 0 ? key : "",
                new BranchShape("delivery-1", transfer.cents(), false, null),
                new BranchShape("delivery-2", -transfer.cents(), false, null));
    }

    /**
     * Publishes one event for both ledgers, most in a lane. It tells one ledger that money comes in, and the other that
     * it goes out.
     */
    Job event(Transfer transfer) {
        Plan plan = Workload.usual(fleet.get(0).message("moves"), transfer.gid())
                .toTopic(Fleet.TOPIC, request(transfer.cents()))
                .toProto();
        return inLane(
                transfer,
                plan,
                random.nextInt(3) > 0 ? "topic-" + random.nextInt(LANES) : "",
                new BranchShape("delivery-1." + TortureRig.LEDGERS.getFirst(), transfer.cents(), false, null),
                new BranchShape("delivery-1." + TortureRig.LEDGERS.getLast(), -transfer.cents(), false, null));
    }

    private static Job inLane(Transfer transfer, Plan plan, String key, BranchShape one, BranchShape other) {
        if (key.isEmpty()) {
            return Job.of(new Shape(transfer.gid(), Pattern.MESSAGE, List.of(one, other)), plan, Job.Then.NOTHING);
        }
        Plan.Builder ordered = plan.toBuilder();
        ordered.getMessageBuilder().setOrderingKey(key);
        Shape shape = new Shape(
                transfer.gid(),
                Pattern.MESSAGE,
                List.of(one.in(key + "/" + one.name()), other.in(key + "/" + other.name())));
        return Job.of(shape, ordered.build(), Job.Then.NOTHING);
    }

    /** With a local transaction, whose client may die at any point of it. */
    Job local(Transfer transfer) {
        Ending[] endings = Ending.values();
        Ending ending = random.nextBoolean() ? Ending.COMMITS : endings[random.nextInt(endings.length)];
        Shape shape = new Shape(
                transfer.gid(),
                Pattern.MESSAGE,
                List.of(new BranchShape("delivery-1", transfer.cents(), false, null)),
                true);
        Duration work = Duration.ofMillis(random.nextInt(4) == 0 ? random.nextInt(SLOW_MILLIS) : 0);
        return Job.interactive(
                shape,
                new LocalMessage(
                        transfer.from(),
                        Workload.account(random),
                        transfer.to(),
                        request(transfer.cents()),
                        ending,
                        work));
    }

    /** One in three is never taken. */
    Job notification(Transfer transfer) {
        Entente entente = fleet.get(0);
        boolean isHeard = random.nextInt(3) > 0;
        MoveRequest request = request(0).toBuilder().setFail(!isHeard).build();
        Notification notification = Workload.usual(entente.notification("told"), transfer.gid())
                .deliver(new Moves(entente.participant(transfer.to()), request).move());
        if (!isHeard) {
            notification.retry(SOON_GIVEN_UP);
        }
        BranchShape delivery = new BranchShape("deliver", 0, false, null);
        Shape shape = isHeard
                ? new Shape(transfer.gid(), Pattern.NOTIFICATION, List.of(delivery))
                : Shape.inVain(transfer.gid(), delivery);
        return Job.of(shape, notification.toProto(), Job.Then.NOTHING);
    }
}
