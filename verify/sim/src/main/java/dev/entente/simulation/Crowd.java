package dev.entente.simulation;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.Durations;
import dev.entente.simulation.drawing.PlanMaker;
import dev.entente.simulation.drawing.Script;
import dev.entente.simulation.world.SilentParticipant;
import dev.entente.v1.CallPolicy;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.Saga;
import dev.entente.v1.SagaStep;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Sagas that wait on the silent participant, far more than fit into memory. A few others call nobody but the other
 * participant and must not wait.
 */
final class Crowd {
    private static final int WAITING = 24;
    private static final int OTHERS = 6;
    private static final String STEP = "one";

    private final Scene scene;
    private final PlanCourier courier;
    private final List<String> others = new ArrayList<>();

    Crowd(Scene scene, Cluster cluster) {
        this.scene = scene;
        this.courier = new PlanCourier(scene, cluster);
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
        return courier.isDone();
    }

    private void bring(String gid, String participant, Duration at) {
        scene.service().script(gid, STEP, Script.prompt());
        courier.bring(gid, PlanMaker.Kind.SAGA, saga(participant), at);
    }

    /** Its calls are repeated soon, and for ever: none leaves memory by itself. */
    private static Plan saga(String participant) {
        CallPolicy policy = CallPolicy.newBuilder()
                .setTimeout(Durations.fromSeconds(2))
                .setMaxBackoff(Durations.fromSeconds(2))
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
