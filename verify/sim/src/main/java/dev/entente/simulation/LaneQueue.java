package dev.entente.simulation;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.Durations;
import dev.entente.core.transaction.Branch;
import dev.entente.simulation.drawing.PlanMaker;
import dev.entente.simulation.drawing.Script;
import dev.entente.v1.CallPolicy;
import dev.entente.v1.Message;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import java.time.Duration;
import java.util.Random;

/**
 * Messages in one lane, in one run of fourteen, where coordinators have room in memory for one or two. A message that
 * waits must give up its place to the one that it waits for. Each has two deliveries to one receiver, some of which
 * take long.
 */
final class LaneQueue {
    private static final int MESSAGES = 10;
    private static final int FIRST_WITHIN_MILLIS = 12_000;
    private static final int LONG_IN_PROGRESS = 50;

    private final Scene scene;
    private final PlanCourier courier;
    private final Random random;
    private final boolean isModelled;

    LaneQueue(Scene scene, Cluster cluster, long seed) {
        this.scene = scene;
        this.courier = new PlanCourier(scene, cluster);
        this.isModelled = Math.floorMod(seed, 14) == 3;
        // numbers of its own: the other runs stay what they were
        this.random = new Random(~seed);
    }

    void bring() {
        for (int i = 0; isModelled && i < MESSAGES; i++) {
            String gid = "q" + i;
            scene.service().script(gid, Branch.DELIVERY + 1, script());
            scene.service().script(gid, Branch.DELIVERY + 2, script());
            courier.bring(
                    gid, PlanMaker.Kind.MESSAGE, message(), Duration.ofMillis(random.nextInt(FIRST_WITHIN_MILLIS)));
        }
    }

    /** Returns whether all were accepted. */
    boolean isDone() {
        return courier.isDone();
    }

    private Script script() {
        int inProgress = random.nextInt(3) == 0 ? random.nextInt(LONG_IN_PROGRESS) : 0;
        int unanswered = random.nextInt(3) == 0 ? 1 : 0;
        return new Script(Script.End.DONE, unanswered, inProgress, false, 0, false, true);
    }

    /** Makes a message whose backoff is longer than any wait in memory. */
    private static Plan message() {
        Operation delivery = Operation.newBuilder()
                .setGrpc("sim/sim.v1.Service/Call")
                .setRaw(ByteString.EMPTY)
                .setPolicy(CallPolicy.newBuilder()
                        .setTimeout(Durations.fromSeconds(1))
                        .setFirstBackoff(Durations.fromSeconds(15)))
                .build();
        return Plan.newBuilder()
                .setName("queue")
                .setMessage(Message.newBuilder()
                        .setOrderingKey("queue")
                        .addDeliveries(delivery)
                        .addDeliveries(delivery))
                .build();
    }
}
