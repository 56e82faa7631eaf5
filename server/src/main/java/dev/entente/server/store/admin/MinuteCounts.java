package dev.entente.server.store.admin;

import dev.entente.server.store.Database;
import dev.entente.server.store.OpenRows;
import dev.entente.server.telemetry.Metrics;
import dev.entente.server.telemetry.Throughput;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.JdbiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This coordinator's counts by minute, for graphs: once a minute, and at the close, they are added to {@code
 * minute_count}. A coordinator that is killed loses the counts of its last minute. A write without a response is
 * repeated, and may count twice.
 */
public final class MinuteCounts implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MinuteCounts.class);
    private static final Duration GOODBYE = Duration.ofSeconds(2);
    private static final String EDGE = "date_bin(:step * interval '1 second', now(), timestamptz 'epoch')";
    private static final String SUMS = IntStream.rangeClosed(1, Throughput.BOUNDS.size())
            .mapToObj(i -> "sum(finished_within[" + i + "])")
            .collect(Collectors.joining(", "));

    private final Database database;
    private final String node;
    private final Metrics metrics;
    private final Supplier<Instant> now;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread writer = Thread.ofVirtual().name("entente-minutes").unstarted(this::run);
    private Instant minute;
    private Throughput counted = Throughput.NONE;

    /**
     * @param node this coordinator's name
     * @param metrics has the sums since the start of the process
     * @param now returns the database's time
     */
    public MinuteCounts(Database database, String node, Metrics metrics, Supplier<Instant> now) {
        this.database = database;
        this.node = node;
        this.metrics = metrics;
        this.now = now;
        this.minute = start(now.get());
    }

    public void start() {
        writer.start();
    }

    private static Instant start(Instant time) {
        return time.truncatedTo(ChronoUnit.MINUTES);
    }

    private void run() {
        try {
            boolean isClosing;
            do {
                Instant time = now.get();
                Duration rest = Duration.between(time, start(time).plusSeconds(60));
                isClosing = closing.await(rest.toMillis() + 1, TimeUnit.MILLISECONDS);
                round();
            } while (!isClosing);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Writes the counts since the last successful round, as counts of the minute of that round. They are correct after
     * an outage of the database, because no transaction is accepted or finishes during the outage. For one thread.
     */
    void round() {
        Instant next = start(now.get());
        Throughput sum = metrics.throughput();
        try {
            database.jdbi().useHandle(handle -> add(handle, sum.since(counted)));
            minute = next;
            counted = sum;
        } catch (JdbiException unavailable) {
            LOG.debug("could not write the counts of a minute: {}", unavailable.getMessage());
        } catch (RuntimeException | Error e) {
            // The loop must survive a defect; the next round tries again.
            metrics.caught("minute-counts");
            LOG.warn("could not write the counts of a minute", e);
        }
    }

    private void add(Handle handle, Throughput counts) {
        handle.createUpdate("""
            insert into minute_count as old
              (minute, node, accepted, succeeded, aborted, given_up, parked, finished_within)
            values (:minute, :node, :accepted, :succeeded, :aborted, :givenUp, :parked, :within)
            on conflict (minute, node) do update set
              accepted = old.accepted + excluded.accepted, succeeded = old.succeeded + excluded.succeeded,
              aborted = old.aborted + excluded.aborted, given_up = old.given_up + excluded.given_up,
              parked = old.parked + excluded.parked,
              finished_within = array (
                select a + b from unnest(old.finished_within, excluded.finished_within) with ordinality x (a, b, i)
                order by i)\
            """)
                .bind("minute", minute.atOffset(ZoneOffset.UTC))
                .bind("node", node)
                .bindMethods(counts)
                .bind("within", counts.finishedWithin().toArray(new Long[0]))
                .execute();
    }

    /** Returns the sums of all coordinators by the start of each complete step, the oldest first. */
    static Map<Instant, Throughput> read(Handle handle, Duration span, Duration step) {
        Map<Instant, Throughput> found = new TreeMap<>();
        handle.createQuery("""
            select date_bin(:step * interval '1 second', minute, timestamptz 'epoch') as start, sum(accepted) as accepted,
              sum(succeeded) as succeeded, sum(aborted) as aborted, sum(given_up) as given_up, sum(parked) as parked,
              array[%2$s] as within
            from minute_count where minute >= %1$s - :span * interval '1 second' and minute < %1$s
            group by 1\
            """.formatted(EDGE, SUMS))
                .bind("step", step.toSeconds())
                .bind("span", span.toSeconds())
                .map((row, _) -> found.put(
                        OpenRows.instant(row, "start"),
                        new Throughput(
                                row.getLong("accepted"),
                                row.getLong("succeeded"),
                                row.getLong("aborted"),
                                row.getLong("given_up"),
                                row.getLong("parked"),
                                List.of((Long[]) row.getArray("within").getArray()))))
                .list();
        return found;
    }

    static void removeOld(Handle handle) {
        handle.execute("delete from minute_count where minute < now() - interval '8 days'");
    }

    /** Writes the counts of the current minute, if the database responds within two seconds. Blocks. */
    @Override
    public void close() {
        closing.countDown();
        try {
            writer.join(GOODBYE.toMillis());
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
        }
    }
}
