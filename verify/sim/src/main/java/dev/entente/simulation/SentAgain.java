package dev.entente.simulation;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.engine.Submission;
import dev.entente.simulation.drawing.PlanMaker;
import dev.entente.simulation.drawing.Script;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.Saga;
import dev.entente.v1.SagaStep;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;

/**
 * Sagas that wait for their time, in one run of ten, and are sent again all the while, answered or not. In these runs
 * the database does not answer every other claim that it carries out, so that some of them are a coordinator's that
 * does not know of it.
 */
final class SentAgain {
    private static final int COUNT = 4;
    private static final String STEP = "one";
    private static final Duration UNTIL = Duration.ofSeconds(45);

    private final Scene scene;
    private final Cluster cluster;
    private final Random random;
    private final boolean isModelled;
    private int underWay;

    SentAgain(Scene scene, Cluster cluster, long seed) {
        this.scene = scene;
        this.cluster = cluster;
        this.isModelled = isModelled(seed);
        // numbers of its own: the other runs stay what they were
        this.random = new Random(~seed);
    }

    static boolean isModelled(long seed) {
        // not where it is judged how soon all end: a coordinator whose first claim is not answered begins anew
        return Math.floorMod(seed, 9) == 4 && Math.floorMod(seed, 8) != 6;
    }

    void bring() {
        for (int i = 0; isModelled && i < COUNT; i++) {
            String gid = "r" + i;
            underWay++;
            scene.service().script(gid, STEP, Script.prompt());
            Instant start = scene.time().now().plusSeconds(2 + random.nextInt(30));
            PlanCodec.Decoded plan = PlanCodec.standard().decode(saga(start));
            Submission submission = new Submission(gid, plan.plan(), plan.encoded(), plan.digest(), false);
            scene.tape().planned(gid, PlanMaker.Kind.SAGA, submission.plan());
            scene.time().after(Duration.ofMillis(random.nextInt(1000)), () -> send(submission));
        }
    }

    /** Returns whether all were sent for the last time. */
    boolean isDone() {
        return underWay == 0;
    }

    private void send(Submission submission) {
        cluster.any().request(coordinator -> coordinator.accept(submission), reply -> {
            if (reply.result() != null) {
                scene.judge().accepted(submission.gid());
            }
            if (reply.result() != null && scene.time().nanos() > UNTIL.toNanos()) {
                underWay--;
            } else {
                cluster.sent(submission.gid());
                scene.time().after(Duration.ofMillis(1 + random.nextInt(3)), () -> send(submission));
            }
        });
    }

    private static Plan saga(Instant start) {
        Operation operation = Operation.newBuilder()
                .setGrpc("sim/sim.v1.Service/Call")
                .setRaw(ByteString.EMPTY)
                .build();
        return Plan.newBuilder()
                .setName("again")
                .setStartTime(Timestamp.newBuilder().setSeconds(start.getEpochSecond()))
                .setSaga(Saga.newBuilder()
                        .addSteps(SagaStep.newBuilder()
                                .setId(STEP)
                                .setAction(operation)
                                .setCompensate(operation)))
                .build();
    }
}
