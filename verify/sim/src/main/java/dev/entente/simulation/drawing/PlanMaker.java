package dev.entente.simulation.drawing;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.Durations;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.engine.Submission;
import dev.entente.simulation.random.OperationSource;
import dev.entente.simulation.random.RandomPlans;
import dev.entente.v1.CallPolicy;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.Tcc;
import dev.entente.v1.TccBranch;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/** Draws a client's plan, with calls to the simulated participants. */
public final class PlanMaker {
    /** The deadline of a transaction that its client has begun. */
    public static final Duration BEGUN_DEADLINE = Duration.ofSeconds(6);

    private static final int LONG_DEADLINE_MILLIS = 25_000;
    private static final List<Integer> FIRST_BACKOFF_MILLIS = List.of(100, 1000, 4000, 25_000);
    /** Mostly short backoffs, so that more events happen during the chaos. */
    private static final List<Integer> SHORT_BACKOFF_MILLIS = List.of(100, 300, 1000, 4000, 25_000);

    private final Random random;
    private final Supplier<String> participants;
    private final Drawing drawing;
    private final RandomPlans plans;
    private final PlanCodec codec = PlanCodec.standard();

    public PlanMaker(Random random) {
        this(random, () -> "sim", Drawing.PLAIN);
    }

    /** @param participants draws the participant that the next operation calls */
    public PlanMaker(Random random, Supplier<String> participants, Drawing drawing) {
        this.random = random;
        this.participants = participants;
        this.drawing = drawing;
        this.plans = new RandomPlans(random, this::operation);
    }

    /** The kinds of transactions that clients start. */
    public enum Kind {
        SAGA,
        TCC,
        INTERACTIVE,
        TWO_PHASE,
        MESSAGE,
        CHECKED,
        NOTIFICATION
    }

    public Plan plan(Kind kind, Instant now) {
        return switch (kind) {
            case SAGA -> plans.saga(now);
            case TCC -> plans.tcc(now);
            case TWO_PHASE -> plans.twoPhase(now);
            case MESSAGE -> plans.message(now);
            case CHECKED -> plans.checked(now);
            case NOTIFICATION -> plans.notification(now);
            case INTERACTIVE ->
                Plan.newBuilder()
                        .setName("drawn")
                        .setDeadline(Durations.fromMillis(BEGUN_DEADLINE.toMillis()))
                        .setTcc(Tcc.getDefaultInstance())
                        .build();
        };
    }

    /** Returns a plan for a client that begins it, with a deadline long enough for a few kills. */
    public Plan begunWithTime() {
        return plan(Kind.INTERACTIVE, Instant.EPOCH).toBuilder()
                .setDeadline(Durations.fromMillis(LONG_DEADLINE_MILLIS))
                .build();
    }

    public Submission submission(String gid, Kind kind, Plan plan) {
        PlanCodec.Decoded decoded = codec.decode(plan);
        return new Submission(gid, decoded.plan(), decoded.encoded(), decoded.digest(), begins(kind));
    }

    private static boolean begins(Kind kind) {
        return kind == Kind.INTERACTIVE || kind == Kind.CHECKED;
    }

    public TccBranch branch(String id, String parent) {
        return plans.branch(id, parent);
    }

    private Operation.Builder operation(OperationSource.Part part) {
        int attempts = attempts(part);
        List<Integer> backoffs = drawing.isAimed() ? SHORT_BACKOFF_MILLIS : FIRST_BACKOFF_MILLIS;
        return Operation.newBuilder()
                .setGrpc(participants.get() + "/sim.v1.Service/Call")
                .setRaw(ByteString.EMPTY)
                .setPolicy(CallPolicy.newBuilder()
                        .setTimeout(Durations.fromMillis(500 + random.nextInt(1500)))
                        .setMaxAttempts(attempts)
                        .setFirstBackoff(Durations.fromMillis(backoffs.get(random.nextInt(backoffs.size()))))
                        .setMaxBackoff(Durations.fromMillis(30_000))
                        .setMultiplier(3));
    }

    private int attempts(OperationSource.Part part) {
        return switch (part) {
            case FORWARD, NOTIFICATION, CHECK -> drawing.isAimed() ? 2 + random.nextInt(4) : 3 + random.nextInt(3);
            case DELIVERY -> drawing.isAimed() ? 2 + random.nextInt(4) : 6;
            case COMPLETION, UNDO -> 6;
        };
    }
}
