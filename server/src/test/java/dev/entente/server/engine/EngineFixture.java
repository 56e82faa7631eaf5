package dev.entente.server.engine;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import dev.entente.core.decision.Decide;
import dev.entente.core.decision.Decider;
import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.codec.PlanBytes;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.Participants;
import dev.entente.server.telemetry.Metrics;
import dev.entente.server.telemetry.Telemetry;
import dev.entente.server.telemetry.Traces;
import dev.entente.server.telemetry.TransactionEventLog;
import dev.entente.v1.Message;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.Saga;
import dev.entente.v1.SagaStep;
import dev.entente.v1.TccBranch;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An engine with an in-memory store, recorded calls to participants, and a clock that the test moves. */
public final class EngineFixture {
    public static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    /** A call that was sent and has no response yet. */
    public record Open(BranchCall call, Consumer<Outcome> answer) {
        public void succeed() {
            answer.accept(new Outcome.Succeeded(ByteString.EMPTY));
        }
    }

    private record Timer(long atNanos, long order, Runnable task) {}

    public final FakeStore store = new FakeStore();
    public final ArrayDeque<Open> calls = new ArrayDeque<>();
    public final List<BranchCall> everCalled = new ArrayList<>();
    private final PriorityQueue<Timer> timers =
            new PriorityQueue<>(Comparator.comparingLong(Timer::atNanos).thenComparingLong(Timer::order));
    private long nanos;
    private long order;
    public boolean isLeaseHeld = true;
    public final EngineEnvironment environment;
    public final Engine engine;
    public final EngineSettings settings;

    public EngineFixture() {
        this(new Decider());
    }

    public EngineFixture(Decide decider) {
        this(decider, EngineSettings.STANDARD);
    }

    public EngineFixture(Decide decider, EngineSettings settings) {
        this(decider, settings, Duration.ZERO);
    }

    /** @param slow the time after which a transaction is slow; zero: no transaction is slow */
    EngineFixture(Decide decider, EngineSettings settings, Duration slow) {
        environment = new EngineEnvironment(
                () -> NOON.plusNanos(nanos),
                () -> nanos,
                () -> nanos / 1_000_000,
                this::schedule,
                () -> 1L << 62,
                new Telemetry(
                        Metrics.none(), Traces.NONE, new TransactionEventLog(Set.of("configured"), slow, () -> nanos)));
        Participants participants = new Participants() {
            @Override
            public void call(BranchCall call, Consumer<Outcome> answer) {
                everCalled.add(call);
                calls.add(new Open(call, answer));
            }

            @Override
            public String joinToken(String gid, String branch, long fence) {
                return "joins " + branch + " of " + gid;
            }
        };
        engine = new Engine(decider, store, participants, () -> isLeaseHeld, environment, settings);
        this.settings = settings;
    }

    private EngineEnvironment.Alarm schedule(Duration delay, Runnable task) {
        Timer timer = new Timer(nanos + delay.toNanos(), order++, task);
        timers.add(timer);
        return () -> timers.remove(timer);
    }

    public void pass(Duration duration) {
        long until = nanos + duration.toNanos();
        for (Timer next = timers.peek(); next != null && next.atNanos <= until; next = timers.peek()) {
            timers.remove(next);
            nanos = next.atNanos;
            next.task.run();
        }
        nanos = until;
    }

    /** Returns whether the row of this gid is in memory, is being loaded or is being parked. */
    public boolean mayHold(String gid) {
        return engine.lookup.mayHold(gid);
    }

    public void submit(String gid, String... steps) {
        var _ = engine.accept(submission(gid, steps));
    }

    public static Submission submission(String gid, String... steps) {
        Saga.Builder saga = Saga.newBuilder();
        for (String step : steps) {
            saga.addSteps(
                    SagaStep.newBuilder().setId(step).setAction(operation()).setCompensate(operation()));
        }
        return submission(gid, Plan.newBuilder().setSaga(saga));
    }

    /** Returns a saga of one step at this participant. */
    public static Submission at(String participant, String gid, @Nullable Duration deadline) {
        Operation action = operation().toBuilder()
                .setGrpc(participant + "/shop.v1.StockService/Reserve")
                .build();
        Plan.Builder plan = Plan.newBuilder()
                .setSaga(Saga.newBuilder()
                        .addSteps(SagaStep.newBuilder()
                                .setId("one")
                                .setAction(action)
                                .setCompensate(action)));
        if (deadline != null) {
            plan.setDeadline(Durations.fromMillis(deadline.toMillis()));
        }
        return submission(gid, plan);
    }

    public static Submission submission(String gid, Plan.Builder message) {
        return submission(gid, message, false);
    }

    private static Submission submission(String gid, Plan.Builder message, boolean begins) {
        PlanCodec.Decoded plan =
                PlanCodec.standard().decode(message.setName("test").build());
        return new Submission(gid, plan.plan(), plan.encoded(), plan.digest(), begins);
    }

    /** Returns a saga with a first request of this size. The response of the first step is the saga's result. */
    public static Submission heavy(String gid, int bytes, String... more) {
        Saga.Builder saga = Saga.newBuilder()
                .addSteps(SagaStep.newBuilder()
                        .setId("heavy")
                        .setAction(operation().toBuilder().setRaw(ByteString.copyFrom(new byte[bytes])))
                        .setCompensate(operation()));
        for (String step : more) {
            saga.addSteps(
                    SagaStep.newBuilder().setId(step).setAction(operation()).setCompensate(operation()));
        }
        return submission(gid, Plan.newBuilder().setSaga(saga).setResultBranch("heavy"));
    }

    /** Returns a saga of one step that starts this long after noon and has a deadline. */
    public static Submission scheduled(String gid, Duration start, Duration deadline) {
        Instant at = NOON.plus(start);
        Plan.Builder plan = Plan.newBuilder()
                .setStartTime(Timestamp.newBuilder().setSeconds(at.getEpochSecond()))
                .setDeadline(Durations.fromMillis(deadline.toMillis()))
                .setSaga(Saga.newBuilder()
                        .addSteps(SagaStep.newBuilder()
                                .setId("one")
                                .setAction(operation())
                                .setCompensate(operation())));
        return submission(gid, plan);
    }

    /** Sets the subscribers that later messages to the topic go to. */
    public void subscribe(String topic, String... subscribers) {
        ByteString appended = PlanBytes.fannedOut();
        for (String subscriber : subscribers) {
            appended = appended.concat(PlanBytes.fannedOut(topic, subscriber, operation()));
        }
        store.subscribed.put(topic, appended);
    }

    /** Returns a message with an ordering key, to a topic or, without a topic, to one receiver. */
    public static Submission message(String gid, @Nullable String topic) {
        Operation delivery = topic == null
                ? operation()
                : Operation.newBuilder()
                        .setTopic(topic)
                        .setRaw(ByteString.EMPTY)
                        .build();
        Message.Builder message = Message.newBuilder().setOrderingKey("key").addDeliveries(delivery);
        return submission(gid, Plan.newBuilder().setMessage(message));
    }

    /** Returns a begun message with an ordering key and a check-back. */
    public static Submission begunMessage(String gid) {
        Message.Builder message = Message.newBuilder()
                .setOrderingKey("key")
                .setCheckBack(operation())
                .addDeliveries(operation());
        return submission(gid, Plan.newBuilder().setMessage(message), true);
    }

    static TccBranch branch(String id, String parent) {
        return TccBranch.newBuilder()
                .setId(id)
                .setParent(parent)
                .setTry(operation())
                .setConfirm(operation())
                .setCancel(operation())
                .build();
    }

    /** Returns the request that registers a branch. */
    static TransactionRequest register(TccBranch branch) {
        PlanCodec.DecodedBranch child = PlanCodec.standard().decodeBranch(branch);
        return new TransactionRequest.Register(child.branch(), child.encoded());
    }

    public static Operation operation() {
        return Operation.newBuilder()
                .setGrpc("stock/shop.v1.StockService/Reserve")
                .setRaw(ByteString.EMPTY)
                .build();
    }

    public static TransactionRequest abortByForce() {
        return new TransactionRequest.ForceFinish(TransactionState.ABORTED, "eve", "enough", 0);
    }

    public static TransactionRequest park(String why) {
        return new TransactionRequest.Park("eve", why, 0);
    }
}
