package dev.entente.server.engine.incarnation;

import dev.entente.core.decision.Decide;
import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.engine.Callbacks;
import dev.entente.server.engine.Engine;
import dev.entente.server.engine.EngineEnvironment;
import dev.entente.server.engine.EngineSettings;
import dev.entente.server.engine.Snapshot;
import dev.entente.server.engine.Submission;
import dev.entente.server.engine.Transactions;
import dev.entente.server.participant.Participants;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.CallOrigin;
import dev.entente.server.store.WaitKind;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A coordinator process: one incarnation after another. A lost lease ends an incarnation, and the next one begins as
 * soon as the database answers. Thread-safe.
 */
public final class Coordinator implements Transactions {
    private static final Logger LOG = LoggerFactory.getLogger(Coordinator.class);
    private static final Duration SHORTLY = Duration.ofSeconds(1);
    /** The pause before the next incarnation, plus up to the same time as jitter. Doubled after each failed start. */
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    /** The longest pause is short because this coordinator serves nothing until the database is available again. */
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    private final Supplier<CompletableFuture<Session>> sessions;
    private final Decide decider;
    private final Participants participants;
    private final EngineEnvironment environment;
    private final EngineSettings settings;
    private final Consumer<AuditRecord> audit;
    private final AtomicReference<@Nullable Incarnation> current = new AtomicReference<>();
    /** The clock of the last incarnation, which continues by itself. */
    private volatile Supplier<Instant> databaseTime;

    private volatile boolean isReady;
    private volatile boolean isStopping;

    /**
     * @param sessions registers a new incarnation with the database, at each call
     * @param audit receives actions that changed nothing; others are audited in their own commit. Never blocks
     */
    public Coordinator(
            Supplier<CompletableFuture<Session>> sessions,
            Decide decider,
            Participants participants,
            EngineEnvironment environment,
            EngineSettings settings,
            Consumer<AuditRecord> audit) {
        this.sessions = sessions;
        this.decider = decider;
        this.participants = participants;
        this.environment = environment;
        this.settings = settings;
        this.audit = audit;
        this.databaseTime = environment::now;
    }

    /**
     * Begins the first incarnation. The future returns how many transactions were taken over, and fails if the database
     * does not answer.
     */
    public CompletableFuture<Integer> start() {
        return sessions.get().thenCompose(this::begin);
    }

    private CompletableFuture<Integer> begin(Session session) {
        AtomicReference<@Nullable Incarnation> self = new AtomicReference<>();
        Incarnation next =
                new Incarnation(session, decider, participants, environment, settings, () -> lost(self.get()));
        self.set(next);
        if (!current.compareAndSet(null, next)) {
            end(next);
            return CompletableFuture.failedFuture(over());
        }
        databaseTime = next.clock();
        if (isStopping && current.compareAndSet(next, null)) {
            // retire() came before the answer to the registration
            end(next);
            return CompletableFuture.failedFuture(over());
        }
        return Callbacks.of(next::start).whenComplete((_, failure) -> begun(next, failure));
    }

    /** Ends an incarnation that could not begin, before another start: two incarnations must never run at once. */
    private void begun(Incarnation incarnation, @Nullable Throwable failure) {
        if (failure == null) {
            isReady = true;
        } else if (current.compareAndSet(incarnation, null)) {
            end(incarnation);
        }
    }

    private static void end(Incarnation incarnation) {
        var _ = incarnation.retire().whenComplete((_, _) -> incarnation.end());
    }

    private void lost(@Nullable Incarnation incarnation) {
        if (incarnation == null || !current.compareAndSet(incarnation, null)) {
            return;
        }
        LOG.warn("this coordinator lost its lease: it drops its work and registers with the database again");
        environment.metrics().leaseLost();
        isReady = false;
        try {
            incarnation.end();
        } finally {
            beginAnew(FIRST_PAUSE); // in any case: no other code begins another
        }
    }

    private void beginAnew(Duration pause) {
        if (isStopping) {
            return;
        }
        long jitter = Math.floorMod(environment.random().getAsLong(), pause.toMillis());
        environment.timers().schedule(pause.plusMillis(jitter), () -> startAgain(pause));
    }

    private void startAgain(Duration pause) {
        if (current.get() != null) {
            return;
        }
        Callbacks.when(Callbacks.of(this::start), (_, failure) -> {
            if (failure != null) {
                LOG.warn("could not re-register with the database, retrying: {}", failure.getMessage());
                Duration longer = pause.multipliedBy(2);
                beginAnew(longer.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : longer);
            }
        });
    }

    // ---- lifecycle

    /** Returns whether the first search for remaining work has finished and the coordinator is not shutting down. */
    public boolean isReady() {
        Incarnation incarnation = current.get();
        return isReady
                && !isStopping
                && incarnation != null
                && incarnation.lease().isHeld();
    }

    /** Returns the time that all coordinators share. */
    public Instant databaseNow() {
        return databaseTime.get();
    }

    /** Returns the number of transactions in memory. */
    public int open() {
        Incarnation incarnation = current.get();
        return incarnation == null ? 0 : incarnation.engine().intake().memory().open();
    }

    /** Returns the payload bytes of the transactions in memory. */
    public long openBytes() {
        Incarnation incarnation = current.get();
        return incarnation == null ? 0 : incarnation.engine().intake().memory().heldBytes();
    }

    /**
     * Drops everything, because the database reports the end of this incarnation, such as after a failover. The next
     * incarnation begins.
     */
    public void incarnationEnded(long incarnation) {
        Incarnation here = current.get();
        if (here != null && here.number() == incarnation) {
            lost(here);
        }
    }

    /** Stops new work. {@link #open} falls to zero as the work in flight ends. */
    public void drain() {
        isStopping = true;
        Incarnation incarnation = current.get();
        if (incarnation != null) {
            incarnation.drain();
        }
    }

    /** Leaves all remaining transactions to other coordinators. */
    public CompletableFuture<Void> retire() {
        isStopping = true;
        Incarnation incarnation = current.getAndSet(null);
        return incarnation == null
                ? CompletableFuture.completedFuture(null)
                : incarnation.retire().whenComplete((_, _) -> incarnation.end());
    }

    // ---- Transactions

    @Override
    public CompletableFuture<Accepted> accept(Submission submission) {
        return withEngine(engine -> engine.accept(submission))
                .thenApply(accepted ->
                        reported(accepted.isKnown() ? submission.audit() : null, accepted.snapshot(), accepted));
    }

    @Override
    public CompletableFuture<Snapshot> act(String gid, TransactionRequest act, long ifFence, CallOrigin origin) {
        return withEngine(engine -> engine.act(gid, act, ifFence, origin)).thenApply(seen -> {
            String before = AuditRecord.state(seen.progress());
            return reported(seen.isUnchanged() ? AuditRecord.of(act, gid, before, "", origin) : null, seen, seen);
        });
    }

    /** @param idle an action that changed nothing; null for any other action */
    private <T> T reported(@Nullable AuditRecord idle, Snapshot seen, T answer) {
        if (idle != null) {
            audit.accept(idle.unchanged(AuditRecord.state(seen.progress())));
        }
        return answer;
    }

    @Override
    public CompletableFuture<Previewed> preview(String gid, TransactionRequest act) {
        return withEngine(engine -> engine.preview(gid, act));
    }

    @Override
    public CompletableFuture<Snapshot> get(String gid, @Nullable Predicate<Plan> mayKnow) {
        return withEngine(engine -> engine.get(gid, mayKnow));
    }

    @Override
    public CompletableFuture<Snapshot> view(String gid, @Nullable Predicate<Plan> mayKnow) {
        return withEngine(engine -> engine.view(gid, mayKnow));
    }

    @Override
    public Map<String, Map<Integer, WaitKind>> holds(Collection<String> gids) {
        Incarnation incarnation = current.get();
        return incarnation == null ? Map.of() : incarnation.engine().holds(gids);
    }

    @Override
    public List<GlobalTransaction> awaiting(String participant, Predicate<GlobalTransaction> wanted) {
        Incarnation incarnation = current.get();
        if (incarnation == null) {
            throw over();
        }
        return incarnation.engine().awaiting(participant, wanted);
    }

    @Override
    public Instant now() {
        return databaseNow();
    }

    @Override
    public CompletableFuture<Snapshot> end(String gid) {
        return withEngine(engine -> engine.end(gid));
    }

    @Override
    public CompletableFuture<Watching> watch(String gid, Consumer<Snapshot> listener) {
        return withEngine(engine -> engine.watch(gid, listener));
    }

    private <T> CompletableFuture<T> withEngine(Function<Engine, CompletableFuture<T>> call) {
        Incarnation incarnation = current.get();
        if (incarnation != null) {
            return call.apply(incarnation.engine());
        }
        return CompletableFuture.failedFuture(over());
    }

    private Refusal over() {
        ErrorCode code = isStopping ? ErrorCode.DRAINING : ErrorCode.LEASE_LOST;
        return Refusal.temporary(code, code.meaning() + "; send the same gid again", SHORTLY);
    }
}
