package dev.entente.simulation;

import dev.entente.core.decision.Decide;
import dev.entente.core.decision.Decider;
import dev.entente.core.decision.Decision;
import dev.entente.core.decision.NoProgressLimits;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.engine.EngineEnvironment;
import dev.entente.server.engine.Snapshot;
import dev.entente.server.engine.incarnation.Coordinator;
import dev.entente.server.engine.incarnation.FirstRenewal;
import dev.entente.server.engine.incarnation.Session;
import dev.entente.server.store.StoreUnavailable;
import dev.entente.server.telemetry.Metrics;
import dev.entente.simulation.mutant.Mutant;
import dev.entente.simulation.mutant.MutantDecider;
import dev.entente.simulation.mutant.QueueMutants;
import dev.entente.simulation.store.InMemoryMembership;
import dev.entente.simulation.store.InMemoryStore;
import dev.entente.simulation.store.StoreBehavior;
import dev.entente.simulation.world.Crasher;
import dev.entente.simulation.world.KillPoint;
import dev.entente.simulation.world.SingleCheck;
import dev.entente.simulation.world.TappedMembership;
import dev.entente.simulation.world.VirtualProcess;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The machine of one coordinator: one process at a time, each with the real engine. */
final class Node {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final String name;
    private final RunContext context;
    private final Crasher crasher;
    private VirtualProcess process;
    private Coordinator coordinator;
    private @Nullable ParticipantNetwork network;
    private @Nullable InMemoryStore store;
    private @Nullable InMemoryMembership membership;
    private final Map<String, Snapshot> remembered = new HashMap<>();
    private boolean wasSuspended;
    private long incarnation;
    private boolean isOlder;

    /**
     * The reply to a client: a result, a failure, or neither if no answer came in time.
     *
     * @param <T> the type of the result
     */
    record Reply<T extends @Nullable Object>(
            @Nullable T result, @Nullable Throwable failure) {}

    /** @param points the points where its processes may be killed */
    Node(String name, RunContext context, List<KillPoint> points) {
        this.name = name;
        this.context = context;
        this.crasher = new Crasher(points, context.coverage::crashed, this::kill);
        this.process = new VirtualProcess(context.time);
        this.coordinator = coordinator();
    }

    void start() {
        VirtualProcess started = new VirtualProcess(context.time);
        remembered.clear();
        wasSuspended = false;
        process = started;
        coordinator = coordinator();
        process.run(() -> {
            var _ = coordinator.start().whenComplete((_, failure) -> endIfFailed(started, failure));
        });
    }

    /** Kills the process if its start failed, as without a database: a real server exits then, and is restarted. */
    private void endIfFailed(VirtualProcess started, @Nullable Throwable failure) {
        if (failure != null && process.equals(started)) {
            kill();
        }
    }

    private Coordinator coordinator() {
        VirtualProcess home = process;
        EngineEnvironment environment = new EngineEnvironment(
                context.time::now,
                home::monotonicNanos,
                () -> wallNanos(home) / 1_000_000,
                (delay, task) -> home.schedule(
                        delay,
                        () -> crasher.pass(KillPoint.WAKE, () -> {
                            task.run();
                            return true;
                        })),
                context.random::nextLong,
                Metrics.none());
        ParticipantNetwork calls = new ParticipantNetwork(context, home, crasher, () -> incarnation);
        network = calls;
        return new Coordinator(() -> session(home), decider(), calls, environment, context.settings, _ -> {});
    }

    private long wallNanos(VirtualProcess home) {
        boolean isBlind = context.mutant == Mutant.LEASE_BY_MONOTONIC_CLOCK;
        return isBlind ? home.monotonicNanos() : context.time.nanos();
    }

    private Decide decider() {
        boolean isHasty = context.mutant == Mutant.UNREACHABLE_COUNTS_TOO_SOON;
        Duration unreachable =
                isHasty ? Duration.ofSeconds(1) : context.service.outage().maxWait();
        int takeovers = context.hasDeathsAtStart ? ExtraCases.TAKEOVERS : NoProgressLimits.STANDARD.takeovers();
        Decide real = new Decider(new NoProgressLimits(
                NoProgressLimits.STANDARD.inProgress(),
                unreachable,
                NoProgressLimits.STANDARD.misconfigured(),
                takeovers));
        boolean keepsPlace = context.mutant == Mutant.OWN_QUEUE_KEEPS_CAPACITY;
        Decide decider = new MutantDecider(keepsPlace ? new QueueMutants.KeepingPlace(real) : real, context.mutant);
        return (transaction, event, now, random) -> {
            context.previews.comes(incarnation, transaction, event, now, decider);
            Decision decision = decider.decide(transaction, event, now, random);
            context.previews.decided(incarnation, decision.next());
            context.coverage.moved(transaction, decision.next());
            context.judge.decided(transaction, decision);
            return decision;
        };
    }

    private CompletableFuture<Session> session(VirtualProcess home) {
        if (context.tables.storeFaults().isAway()) {
            return CompletableFuture.failedFuture(new StoreUnavailable("the database does not answer", null));
        }
        long number = ++context.incarnations;
        incarnation = number;
        if (isOlder) {
            context.tables.storeFaults().knows(number, PlanCodec.format() - 1);
        }
        membership =
                new InMemoryMembership(context.tables, number, name, context.time, context.random, StoreBehavior.ROUGH);
        store = new InMemoryStore(context.tables, number, context.time, context.random, StoreBehavior.ROUGH, () -> {
            Coordinator running = coordinator;
            context.time.after(Duration.ZERO, () -> home.run(() -> running.incarnationEnded(number)));
        });
        TappedStore tapped =
                new TappedStore(store, home, crasher, context.mutant, context.unansweredClaims, new SingleCheck());
        TappedMembership members =
                new TappedMembership(membership, home, context.mutant, new AtomicReference<>(List.of()));
        FirstRenewal renewal = new FirstRenewal(home.monotonicNanos(), wallNanos(home) / 1_000_000, context.time.now());
        return CompletableFuture.completedFuture(new Session(tapped, members, renewal, tapped::close));
    }

    /** Makes all later processes run the previous version. */
    Node older() {
        isOlder = true;
        return this;
    }

    // ---- events of the machine

    long incarnation() {
        return incarnation;
    }

    void kill() {
        if (process.isDead()) {
            return;
        }
        process.kill();
        if (store != null && membership != null) {
            store.crash();
            membership.crash();
        }
        context.kills++;
        context.time.after(Duration.ofMillis(300 + context.random.nextInt(6000)), this::start);
    }

    /** Arms one kill of the process at that point. */
    Node killedAt(Crasher.Kill first, int passes) {
        crasher.arm(first, passes);
        return this;
    }

    /** Arms another kill of the process, at the next of several drawn points. */
    void rearm() {
        crasher.rearm(context.random);
    }

    void stopFor(Duration duration, boolean suspended) {
        VirtualProcess stopped = process;
        wasSuspended = true;
        stopped.stop();
        if (suspended) {
            context.reference.suspended(duration);
        }
        context.time.after(duration, () -> stopped.resume(suspended));
    }

    void breakStream() {
        ParticipantNetwork calls = network;
        if (calls != null && !process.isDead() && calls.breakStream() > 0) {
            context.coverage.cutOff();
        }
    }

    /**
     * Frees the lock while the process lives, so that a process of the same name may consider it dead. Not for a
     * stopped process, which would be notified only after it resumes.
     */
    void loseLock() {
        InMemoryMembership running = membership;
        if (running != null && !process.isDead() && !process.isStopped()) {
            running.loseLock();
        }
    }

    String name() {
        return name;
    }

    /** Makes the database unreachable for this node. */
    void loseDatabase() {
        InMemoryStore lost = store;
        if (lost != null) {
            lost.lose();
        }
    }

    void findDatabase() {
        InMemoryStore lost = store;
        if (lost != null) {
            lost.find();
        }
    }

    void loseDatabaseFor(Duration duration) {
        InMemoryStore lost = store;
        if (lost != null) {
            lost.lose();
            context.time.after(duration, lost::find);
        }
    }

    /** Reads a transaction for a client; the answer comes as for {@link #request}. */
    void look(String gid, Consumer<Reply<Snapshot>> then) {
        request(running -> running.get(gid), reply -> {
            Snapshot seen = reply.result();
            Snapshot old = remembered.get(gid);
            boolean isFromMemory = context.mutant == Mutant.ANSWERS_FROM_OLD_MEMORY && wasSuspended && old != null;
            then.accept(isFromMemory && seen != null ? new Reply<>(old, null) : reply);
            if (seen != null && !wasSuspended) {
                remembered.put(gid, seen);
            }
        });
    }

    /** Sends a client's call. The reply comes exactly once. */
    <T> void request(Function<Coordinator, CompletableFuture<T>> call, Consumer<Reply<T>> then) {
        boolean[] isAnswered = {false};
        Consumer<Reply<T>> once = reply -> {
            if (!isAnswered[0]) {
                isAnswered[0] = true;
                then.accept(reply);
            }
        };
        context.time.after(TIMEOUT, () -> once.accept(new Reply<>(null, null)));
        VirtualProcess home = process;
        context.time.after(
                Duration.ofMillis(1),
                () -> home.run(() -> {
                    var _ = call.apply(coordinator)
                            .whenComplete((result, failure) -> crasher.pass(KillPoint.ANSWER, () -> {
                                if (!home.isDead()) {
                                    Throwable cause = failure == null || failure.getCause() == null
                                            ? failure
                                            : failure.getCause();
                                    context.time.after(
                                            Duration.ofMillis(1), () -> once.accept(new Reply<>(result, cause)));
                                }
                                return true;
                            }));
                }));
    }
}
