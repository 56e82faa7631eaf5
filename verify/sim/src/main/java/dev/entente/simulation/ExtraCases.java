package dev.entente.simulation;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.engine.Snapshot;
import dev.entente.server.engine.Submission;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.store.OpenRow;
import dev.entente.simulation.drawing.Script;
import dev.entente.simulation.world.SilentParticipant;
import dev.entente.v1.CallPolicy;
import dev.entente.v1.Message;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.Saga;
import dev.entente.v1.SagaStep;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Transactions without a {@link Client}, and observers, in some runs. Each one covers a case that clients' plans rarely
 * cover. Each transaction is sent until it is accepted.
 */
final class ExtraCases {
    private static final String OTHER = "sim";
    private static final String STEP = "one";
    private static final String LATE = "l";
    private static final Duration AGAIN = Duration.ofSeconds(1);
    private static final Duration LATE_DEADLINE = Duration.ofSeconds(2);
    private static final Duration SENT_AGAIN_UNTIL = Duration.ofSeconds(45);
    /** Takeovers until a row is parked: few messages lose as many coordinators as the default requires. */
    static final int TAKEOVERS = 1;

    private static final Duration STARTS_AFTER = Duration.ofSeconds(3);
    private static final Duration POLL_INTERVAL = Duration.ofMillis(20);

    private final RunContext context;
    private final Cluster cluster;
    private final long seed;
    /** A separate random source, which keeps the other runs unchanged. */
    private final Random random;

    private final Random reader;
    private final Set<String> begun = new HashSet<>();
    private int inFlight;

    ExtraCases(RunContext context, Cluster cluster, long seed) {
        this.context = context;
        this.cluster = cluster;
        this.seed = seed;
        this.random = new Random(~seed);
        this.reader = new Random(~seed);
    }

    /** Returns whether coordinators have memory capacity for only one or two transactions. */
    private boolean isCapacitySmall() {
        return Math.floorMod(seed, 7) == 3;
    }

    static boolean isSentAgain(long seed) {
        // not in runs that check how soon all end: after an unanswered first claim a coordinator restarts
        return Math.floorMod(seed, 9) == 4 && Math.floorMod(seed, 8) != 6;
    }

    void bring() {
        if (context.silent.isModelled()) {
            bringCrowd();
        }
        // not with small memory: then the sagas wait in the table until it is too late for a call
        if (Math.floorMod(seed, 4) == 1 && !isCapacitySmall()) {
            bringLatecomers();
        }
        if (isCapacitySmall() && Math.floorMod(seed, 2) == 1) {
            bringQueue();
        }
        if (isSentAgain(seed)) {
            bringSentAgain();
        }
    }

    /** Returns whether all transactions were accepted. */
    boolean isDone() {
        return inFlight == 0;
    }

    /**
     * Brings sagas that wait for the silent participant, many more than memory can hold. A few other sagas call only
     * the other participant and must not wait.
     */
    private void bringCrowd() {
        // frequent retries without end: no saga leaves memory by itself
        CallPolicy policy = CallPolicy.newBuilder()
                .setTimeout(Durations.fromSeconds(2))
                .setMaxBackoff(Durations.fromSeconds(2))
                .setMaxAttempts(100_000)
                .build();
        List<String> others = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            bring("w" + i, saga(SilentParticipant.NAME, policy).build(), context.silent.early());
        }
        for (int i = 0; i < 6; i++) {
            others.add("o" + i);
            bring("o" + i, saga(OTHER, policy).build(), context.silent.later());
        }
        context.time.after(SilentParticipant.UNTIL, () -> others.forEach(context.judge::mustHaveEnded));
    }

    /**
     * Brings sagas with one step, which succeeds just after the deadline. The answer is their only event, and must find
     * them switched to undo.
     */
    private void bringLatecomers() {
        CallPolicy policy =
                CallPolicy.newBuilder().setTimeout(Durations.fromSeconds(5)).build();
        Plan plan = saga(OTHER, policy)
                .setDeadline(Durations.fromSeconds(LATE_DEADLINE.toSeconds()))
                .build();
        for (int i = 0; i < 3; i++) {
            bring(LATE + i, plan, Duration.ofMillis(random.nextInt(20_000)));
        }
    }

    /** Returns the delay of the answer to a call that leaves now; {@code usual} is the delay for other transactions. */
    static Duration delay(RunContext context, BranchCall call, Duration usual) {
        if (!call.gid().startsWith(LATE) || !call.op().equals("action")) {
            return usual;
        }
        Duration left = Duration.between(context.time.now(), call.createdAt().plus(LATE_DEADLINE));
        return left.isNegative() ? usual : left.plusMillis(context.random.nextInt(1500));
    }

    /**
     * Brings messages with one ordering key where memory is small: a waiting message must give up its memory to the
     * message that it waits for. Each message has two deliveries to one receiver, some of them slow, and a backoff
     * longer than any wait in memory.
     */
    private void bringQueue() {
        CallPolicy policy = CallPolicy.newBuilder()
                .setTimeout(Durations.fromSeconds(1))
                .setFirstBackoff(Durations.fromSeconds(15))
                .build();
        Operation delivery = operation(OTHER, policy);
        Message message = Message.newBuilder()
                .setOrderingKey("queue")
                .addDeliveries(delivery)
                .addDeliveries(delivery)
                .build();
        Plan plan = Plan.newBuilder().setName("queue").setMessage(message).build();
        for (int i = 0; i < 10; i++) {
            context.service.script("q" + i, Branch.DELIVERY + 1, sometimesLong());
            context.service.script("q" + i, Branch.DELIVERY + 2, sometimesLong());
            send(submission("q" + i, plan), Duration.ofMillis(random.nextInt(12_000)));
        }
    }

    private Script sometimesLong() {
        int inProgress = random.nextInt(3) == 0 ? random.nextInt(50) : 0;
        int unanswered = random.nextInt(3) == 0 ? 1 : 0;
        return new Script(Script.End.DONE, unanswered, inProgress, false, 0, false, true);
    }

    /**
     * Brings sagas that wait for their start time and are sent again meanwhile, answered or not. In these runs the
     * database leaves half of the claims unanswered: see {@link UnansweredClaims}.
     */
    private void bringSentAgain() {
        for (int i = 0; i < 4; i++) {
            context.service.script("r" + i, STEP, Script.prompt());
            Instant start = context.time.now().plusSeconds(2 + random.nextInt(30));
            Plan plan = saga(OTHER, CallPolicy.getDefaultInstance())
                    .setStartTime(Timestamp.newBuilder().setSeconds(start.getEpochSecond()))
                    .build();
            inFlight++;
            Submission submission = submission("r" + i, plan);
            context.time.after(Duration.ofMillis(random.nextInt(1000)), () -> sendAgain(submission));
        }
    }

    private void sendAgain(Submission submission) {
        cluster.any().request(coordinator -> coordinator.accept(submission), reply -> {
            if (reply.result() != null) {
                context.judge.accepted(submission.gid());
            }
            if (reply.result() != null && context.time.nanos() > SENT_AGAIN_UNTIL.toNanos()) {
                inFlight--;
            } else {
                cluster.sent(submission.gid());
                context.time.after(Duration.ofMillis(1 + random.nextInt(3)), () -> sendAgain(submission));
            }
        });
    }

    // ---- observers, in one run of four

    void watch() {
        if (context.hasDeathsAtStart) {
            context.time.after(AGAIN, this::readState);
            context.time.after(AGAIN, this::killStarters);
        }
    }

    /** Reads a random transaction at a random coordinator, as a person with a browser does. */
    private void readState() {
        String gid = RunContext.gid(reader.nextInt(context.mostClients));
        Node node = cluster.nodes().get(reader.nextInt(cluster.nodes().size()));
        @Nullable TransactionState reported = context.judge.reportedEnd(gid);
        node.look(gid, reply -> {
            Snapshot seen = reply.result();
            if (seen != null) {
                context.judge.shown(gid, reported, seen.progress().state());
            }
        });
        context.time.after(Duration.ofMillis(50 + reader.nextInt(400)), this::readState);
    }

    /** Returns the message with a start time, which is added only if the message has none. */
    static Plan startingLater(Plan message, Instant now) {
        long start = now.plus(STARTS_AFTER).getEpochSecond();
        return message.hasStartTime()
                ? message
                : message.toBuilder()
                        .setStartTime(Timestamp.newBuilder().setSeconds(start))
                        .build();
    }

    /**
     * Kills the process that has begun a scheduled message, once per message. Deliveries may have left by then although
     * the row still shows that the message has not started.
     */
    private void killStarters() {
        for (OpenRow row : context.tables.openRows()) {
            Long owner = row.owner();
            boolean isScheduled = row.pattern() == Pattern.MESSAGE && row.state() == TransactionState.SCHEDULED;
            if (owner != null && isScheduled && begun.add(row.gid())) {
                context.time.after(
                        POLL_INTERVAL,
                        () -> cluster.nodes().stream()
                                .filter(node -> node.incarnation() == owner)
                                .findFirst()
                                .ifPresent(Node::kill));
            }
        }
        context.time.after(POLL_INTERVAL, this::killStarters);
    }

    // ---- all extras

    private void bring(String gid, Plan saga, Duration delay) {
        context.service.script(gid, STEP, Script.prompt());
        send(submission(gid, saga), delay);
    }

    private Submission submission(String gid, Plan plan) {
        PlanCodec.Decoded decoded = PlanCodec.standard().decode(plan);
        return new Submission(gid, decoded.plan(), decoded.encoded(), decoded.digest(), false);
    }

    private void send(Submission submission, Duration delay) {
        inFlight++;
        context.time.after(delay, () -> send(submission));
    }

    private void send(Submission submission) {
        cluster.any().request(coordinator -> coordinator.accept(submission), reply -> {
            if (reply.result() == null) {
                cluster.sent(submission.gid());
                context.time.after(AGAIN, () -> send(submission));
            } else {
                inFlight--;
                context.judge.accepted(submission.gid());
            }
        });
    }

    private static Plan.Builder saga(String participant, CallPolicy policy) {
        Operation operation = operation(participant, policy);
        SagaStep.Builder step =
                SagaStep.newBuilder().setId(STEP).setAction(operation).setCompensate(operation);
        return Plan.newBuilder().setName("extra").setSaga(Saga.newBuilder().addSteps(step));
    }

    private static Operation operation(String participant, CallPolicy policy) {
        return Operation.newBuilder()
                .setGrpc(participant + "/sim.v1.Service/Call")
                .setRaw(ByteString.EMPTY)
                .setPolicy(policy)
                .build();
    }
}
