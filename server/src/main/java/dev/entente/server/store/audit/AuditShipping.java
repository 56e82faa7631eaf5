package dev.entente.server.store.audit;

import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.Database;
import dev.entente.server.store.DatabaseFault;
import dev.entente.server.store.audit.sink.AuditSink;
import dev.entente.server.store.audit.sink.SinkLine;
import dev.entente.server.telemetry.Metrics;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ships the audit to a sink on a thread of its own, behind the chains. Where the sink is mandatory, it has each act
 * before that is done. Thread-safe.
 */
public final class AuditShipping implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AuditShipping.class);

    /** Acts that wait for the sink at one time. */
    static final int MAX_ASKED = 1000;

    /** How long an act waits for the sink. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final Duration ROUND = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    /** A pause so long is ended early where it must be: an interrupt would break a question to the database off. */
    private static final Duration STEP = Duration.ofMillis(200);

    private static final Duration GOODBYE = Duration.ofSeconds(2);
    /** The chains of others, which may be dead, are looked at in one round of so many. */
    private static final int ROUNDS_TO_LOOK = 30;

    private record Asked(SinkLine line, CompletableFuture<Void> taken) {}

    private final AuditSink sink;
    private final SinkCursor cursor;
    private final Metrics metrics;
    private final BlockingQueue<Asked> waiting = new ArrayBlockingQueue<>(MAX_ASKED);
    private volatile @Nullable Thread thread;
    private volatile boolean isClosing;
    private volatile boolean isFailing;
    private boolean hasBegun;
    private long rounds;
    private long failures;

    /** @param sink is closed with this */
    public AuditShipping(Database database, AuditSink sink, Metrics metrics) {
        this.sink = sink;
        this.cursor = new SinkCursor(database, sink);
        this.metrics = metrics;
    }

    /** @param incarnation of this coordinator, or none */
    public void start(Supplier<OptionalLong> incarnation) {
        metrics.showAuditSink(sink.name(), () -> isFailing ? 1 : 0);
        thread = Thread.ofVirtual().name("entente-audit-" + sink.name()).start(() -> run(incarnation));
    }

    /**
     * Completes once the sink has an act that is about to be done. Fails where it does not take it, or too many wait
     * for it. Never blocks.
     */
    CompletableFuture<Void> before(AuditRecord act) {
        Asked asked = new Asked(SinkLine.asked(Instant.now(), act), new CompletableFuture<>());
        if (isClosing || !waiting.offer(asked)) {
            asked.taken().completeExceptionally(new IOException("too much waits for it, or it is being closed"));
        }
        return asked.taken().orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void run(Supplier<OptionalLong> incarnation) {
        long nextRound = System.nanoTime();
        try {
            while (!isClosing) {
                long pause = Math.clamp(nextRound - System.nanoTime(), 0, STEP.toNanos());
                Asked first = waiting.poll(pause, TimeUnit.NANOSECONDS);
                if (first != null) {
                    take(first);
                }
                if (System.nanoTime() - nextRound >= 0) {
                    nextRound = System.nanoTime() + round(incarnation).toNanos();
                }
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
        giveUp();
    }

    /** Writes all acts that wait, together. */
    private void take(Asked first) {
        List<Asked> batch = new ArrayList<>(List.of(first));
        waiting.drainTo(batch);
        try {
            sink.take(batch.stream().map(Asked::line).toList());
            metrics.auditShipped(sink.name(), batch.size());
            works();
            batch.forEach(each -> each.taken().complete(null));
        } catch (IOException | RuntimeException | Error failed) {
            fails(failed);
            batch.forEach(each -> each.taken().completeExceptionally(failed));
        }
    }

    /** Ships what was chained since the last round, until acts wait; returns the pause to the next round. */
    private Duration round(Supplier<OptionalLong> incarnation) {
        try {
            if (!hasBegun) {
                cursor.begin();
                hasBegun = true;
            }
            boolean looks = rounds % ROUNDS_TO_LOOK == 0;
            for (long chain : looks ? cursor.chains() : mine(incarnation.get())) {
                int shipped;
                do {
                    shipped = cursor.ship(chain);
                    metrics.auditShipped(sink.name(), shipped);
                } while (shipped == SinkCursor.SLICE && waiting.isEmpty() && !isClosing);
            }
            rounds++;
            failures = 0;
            works();
            return ROUND;
        } catch (RuntimeException | Error failed) {
            // Must live: what was chained waits in the table.
            fails(failed);
            failures++;
            return pause();
        }
    }

    private static List<Long> mine(OptionalLong mine) {
        return mine.isPresent() ? List.of(mine.getAsLong()) : List.of();
    }

    private Duration pause() {
        long longest = Math.min(LONGEST_PAUSE.toMillis(), ROUND.toMillis() << Math.min(failures, 10));
        return Duration.ofMillis(ThreadLocalRandom.current().nextLong(longest / 2, longest));
    }

    private void works() {
        if (isFailing) {
            LOG.info("the audit goes to the {} again", sink.name());
        }
        isFailing = false;
    }

    private void fails(Throwable failed) {
        if (!isFailing && !isClosing) {
            LOG.warn("the audit does not go to the {}, retrying: {}", sink.name(), DatabaseFault.line(failed));
        }
        isFailing = true;
    }

    private void giveUp() {
        isClosing = true;
        List<Asked> left = new ArrayList<>();
        waiting.drainTo(left);
        left.forEach(each -> each.taken().completeExceptionally(new IOException("the coordinator is shutting down")));
    }

    /** Gives up what waits; what was chained and not shipped is shipped by whichever coordinator comes next. */
    @Override
    public void close() {
        isClosing = true;
        Thread running = thread;
        if (running != null) {
            try {
                if (!running.join(GOODBYE)) {
                    running.interrupt();
                }
            } catch (InterruptedException hurried) {
                Thread.currentThread().interrupt();
            }
        }
        giveUp();
        sink.close();
    }
}
