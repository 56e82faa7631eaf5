package dev.entente.simulation;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.Durations;
import dev.entente.server.participant.BranchCall;
import dev.entente.simulation.drawing.PlanMaker;
import dev.entente.simulation.drawing.Script;
import dev.entente.v1.CallPolicy;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.Saga;
import dev.entente.v1.SagaStep;
import java.time.Duration;
import java.util.Random;

/**
 * Sagas of one run in four whose only step is answered with success just when their deadline has passed. Nothing but
 * that answer happens to them, and it must find them turned.
 */
final class Latecomers {
    private static final int COUNT = 3;
    private static final String PREFIX = "l";
    private static final String STEP = "one";
    private static final Duration DEADLINE = Duration.ofSeconds(2);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final int LATEST_MILLIS = 1500;

    private final Scene scene;
    private final PlanCourier courier;
    private final Random random;
    private final boolean isModelled;

    Latecomers(Scene scene, Cluster cluster, long seed) {
        this.scene = scene;
        this.courier = new PlanCourier(scene, cluster);
        // not where memory is small: then they wait in the table until it is too late for a call
        this.isModelled = Math.floorMod(seed, 4) == 1 && Math.floorMod(seed, 7) != 3;
        this.random = new Random(~seed);
    }

    void bring() {
        for (int i = 0; isModelled && i < COUNT; i++) {
            String gid = PREFIX + i;
            scene.service().script(gid, STEP, Script.prompt());
            courier.bring(gid, PlanMaker.Kind.SAGA, saga(), Duration.ofMillis(random.nextInt(20_000)));
        }
    }

    /** Returns whether all were accepted. */
    boolean isDone() {
        return courier.isDone();
    }

    /** Returns how long the answer to a call that leaves now takes, given how long it would take with others. */
    static Duration delay(Scene scene, BranchCall call, Duration usual) {
        if (!call.gid().startsWith(PREFIX) || !call.op().equals("action")) {
            return usual;
        }
        Duration left = Duration.between(scene.time().now(), call.createdAt().plus(DEADLINE));
        return left.isNegative() ? usual : left.plusMillis(scene.random().nextInt(LATEST_MILLIS));
    }

    private static Plan saga() {
        CallPolicy policy = CallPolicy.newBuilder()
                .setTimeout(Durations.fromSeconds(TIMEOUT.toSeconds()))
                .build();
        Operation operation = Operation.newBuilder()
                .setGrpc("sim/sim.v1.Service/Call")
                .setRaw(ByteString.EMPTY)
                .setPolicy(policy)
                .build();
        return Plan.newBuilder()
                .setName("late")
                .setDeadline(Durations.fromSeconds(DEADLINE.toSeconds()))
                .setSaga(Saga.newBuilder()
                        .addSteps(SagaStep.newBuilder()
                                .setId(STEP)
                                .setAction(operation)
                                .setCompensate(operation)))
                .build();
    }
}
