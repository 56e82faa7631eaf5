package dev.entente.simulation;

import com.google.protobuf.MessageLite;
import dev.entente.simulation.drawing.CodeDigest;
import dev.entente.simulation.drawing.Drawing;
import dev.entente.simulation.drawing.PlanMaker;
import dev.entente.simulation.drawing.Script;
import dev.entente.simulation.store.InMemoryMembership;
import dev.entente.simulation.store.InMemoryStore;
import dev.entente.simulation.store.Weather;
import dev.entente.simulation.world.Crasher;
import dev.entente.simulation.world.Outage;
import dev.entente.simulation.world.SilentParticipant;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;

/**
 * Samples of all that seeds draw: plans, participants, aims and kills. The code of everything else that draws from a
 * seed is added, for its numbers are in no sample. Once one of these is another, a seed means another run, and sums
 * over both are sums of neither.
 */
public final class DrawnSamples {
    private static final int SAMPLES = 50;
    private static final int MOST_BRANCHES = 12;
    /** Whatever draws while a run goes on. */
    private static final List<Class<?>> DRAWING = List.of(
            Client.class,
            Cluster.class,
            Crowd.class,
            InMemoryMembership.class,
            InMemoryStore.class,
            LaneQueue.class,
            Latecomers.class,
            LocalTransactions.class,
            Network.class,
            Node.class,
            Operator.class,
            Outage.class,
            PlanCourier.class,
            Reader.class,
            Scene.class,
            SentAgain.class,
            Service.class,
            SilentParticipant.class,
            Simulation.class,
            UnansweredClaims.class,
            Weather.class);

    private final CRC32 sum = new CRC32();

    private DrawnSamples() {}

    /** Returns a number that changes with what is drawn, and not with the engine. */
    public static long fingerprint() {
        DrawnSamples samples = new DrawnSamples();
        DRAWING.forEach(type -> samples.sum.update(CodeDigest.of(type)));
        for (Drawing drawing : Drawing.values()) {
            samples.add(drawing + " " + drawing.mostClients() + " " + drawing.isAimed());
            for (int i = 0; i < SAMPLES; i++) {
                samples.draw(drawing, new Random(i));
            }
        }
        return samples.sum.getValue();
    }

    private void draw(Drawing drawing, Random random) {
        PlanMaker plans = new PlanMaker(random, () -> "sim", drawing);
        for (PlanMaker.Kind kind : PlanMaker.Kind.values()) {
            add(plans.plan(kind, Instant.EPOCH));
        }
        add(plans.branch("b", ""));
        add(plans.joinBehindPivot());
        add(plans.begunWithTime());
        add(Aim.random(random));
        add(Script.random(random, 1 + random.nextInt(MOST_BRANCHES)));
        add(Script.slow(Script.End.DONE, random).settlingSlowly(random));
        add(Crasher.drawn(random));
    }

    private void add(MessageLite drawn) {
        sum.update(drawn.toByteArray());
    }

    private void add(Object drawn) {
        sum.update(drawn.toString().getBytes(StandardCharsets.UTF_8));
    }
}
