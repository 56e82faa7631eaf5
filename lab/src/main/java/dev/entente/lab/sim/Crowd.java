package dev.entente.lab.sim;

import com.google.protobuf.ByteString;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.engine.Submission;
import dev.entente.v1.CallPolicy;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.Saga;
import dev.entente.v1.SagaStep;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Sagas that wait on the silent participant, far more than fit into memory, and a few that call nobody but the other one and must not wait. */
final class Crowd {
    private static final int WAITING = 24;
    private static final int OTHERS = 6;
    private static final Duration AGAIN = Duration.ofSeconds(1);
    private static final String STEP = "one";

    private final Scene scene;
    private final Cluster cluster;
    private final List<String> others = new ArrayList<>();
    private int underWay;

    Crowd(Scene scene, Cluster cluster) {
        this.scene = scene;
        this.cluster = cluster;
    }

    void bring() {
        SilentParticipant silent = scene.silent();
        for (int i = 0; i < WAITING; i++) {
            bring("w" + i, SilentParticipant.NAME, silent.early());
        }
        for (int i = 0; i < OTHERS; i++) {
            String gid = "o" + i;
            others.add(gid);
            bring(gid, "sim", silent.later());
        }
        scene.time().after(SilentParticipant.UNTIL, () -> others.forEach(scene.judge()::mustHaveEnded));
    }

    /** Returns whether all were accepted. */
    boolean isDone() {
        return underWay == 0;
    }

    private void bring(String gid, String participant, Duration at) {
        underWay++;
        Script script = new Script(Script.End.DONE, 0, 0, false, 0, false, true);
        scene.service().script(gid, STEP, script);
        PlanCodec.Decoded plan = PlanCodec.standard().decode(saga(participant));
        Submission submission = new Submission(gid, plan.plan(), plan.encoded(), plan.digest(), false);
        scene.tape().planned(gid, PlanMaker.Kind.SAGA, submission.plan());
        scene.time().after(at, () -> submit(submission));
    }

    private void submit(Submission submission) {
        cluster.any().request(coordinator -> coordinator.accept(submission), reply -> {
            if (reply.result() == null) {
                cluster.sent(submission.gid());
                scene.time().after(AGAIN, () -> submit(submission));
            } else {
                underWay--;
                scene.judge().accepted(submission.gid());
            }
        });
    }

    /** Its calls are repeated soon, and for ever: none leaves memory by itself. */
    private static Plan saga(String participant) {
        CallPolicy policy = CallPolicy.newBuilder()
                .setTimeout(com.google.protobuf.Duration.newBuilder().setSeconds(2))
                .setMaxBackoff(com.google.protobuf.Duration.newBuilder().setSeconds(2))
                .setMaxAttempts(100_000)
                .build();
        Operation operation = Operation.newBuilder()
                .setGrpc(participant + "/sim.v1.Service/Call")
                .setRaw(ByteString.EMPTY)
                .setPolicy(policy)
                .build();
        return Plan.newBuilder()
                .setName("crowd")
                .setSaga(Saga.newBuilder()
                        .addSteps(SagaStep.newBuilder()
                                .setId(STEP)
                                .setAction(operation)
                                .setCompensate(operation)))
                .build();
    }
}
