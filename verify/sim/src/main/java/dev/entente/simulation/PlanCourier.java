package dev.entente.simulation;

import dev.entente.server.codec.PlanCodec;
import dev.entente.server.engine.Submission;
import dev.entente.simulation.drawing.PlanMaker;
import dev.entente.v1.Plan;
import java.time.Duration;

/** Brings a run's transactions that no {@link Client} has: each is sent until it is accepted. */
final class PlanCourier {
    private static final Duration AGAIN = Duration.ofSeconds(1);

    private final Scene scene;
    private final Cluster cluster;
    private int underWay;

    PlanCourier(Scene scene, Cluster cluster) {
        this.scene = scene;
        this.cluster = cluster;
    }

    /** Returns whether all were accepted. */
    boolean isDone() {
        return underWay == 0;
    }

    /** Sends it for the first time after so long. */
    void bring(String gid, PlanMaker.Kind kind, Plan plan, Duration delay) {
        underWay++;
        PlanCodec.Decoded decoded = PlanCodec.standard().decode(plan);
        Submission submission = new Submission(gid, decoded.plan(), decoded.encoded(), decoded.digest(), false);
        scene.tape().planned(gid, kind, submission.plan());
        scene.time().after(delay, () -> submit(submission));
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
}
