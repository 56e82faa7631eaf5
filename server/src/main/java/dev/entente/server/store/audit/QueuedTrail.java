package dev.entente.server.store.audit;

import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.Database;
import dev.entente.server.store.DatabaseFault;
import dev.entente.server.telemetry.Metrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bounded queue of audit rows, and the thread that writes them. While the database does not answer, rows wait; what
 * finds the queue full is counted, and the count becomes a row. Thread-safe.
 */
public final class QueuedTrail implements AuditTrail, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(QueuedTrail.class);

    /** Rows that wait for the database. */
    static final int MAX_WAITING = 10_000;
    /** Rows a second of refusals where nobody knows who calls. */
    static final int MAX_STRANGERS = 10;
    /** Rows a second of refusals whose caller is known. */
    static final int MAX_CALLERS = 100;
    /** Such rows a second that each of them has besides. */
    static final int MAX_CALLER = 5;
    /** Characters of any text in a row of the queue. */
    static final int MAX_CHARACTERS = 1000;

    private static final int BATCH = 500;
    private static final Duration ROUND = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final Duration GOODBYE = Duration.ofSeconds(2);

    private final Database database;
    private final Metrics metrics;
    private final LongSupplier nanos;
    private final BlockingQueue<AuditRecord> waiting = new ArrayBlockingQueue<>(MAX_WAITING);
    private final Map<Refused, RefusalSample> samples = new EnumMap<>(Refused.class);
    private final AtomicLong overflowed = new AtomicLong();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread writer;

    /** @param nanos tells which second it is */
    public QueuedTrail(Database database, Metrics metrics, LongSupplier nanos) {
        this.database = database;
        this.metrics = metrics;
        this.nanos = nanos;
        for (Refused each : Refused.values()) {
            samples.put(each, new RefusalSample(each.mostPerSecond(), each.mostOfOne()));
        }
        this.writer = Thread.ofVirtual().name("entente-audit").unstarted(this::run);
    }

    /** Notes that the coordinator serves, and writes from now on. */
    public void started(String node, String version) {
        add(new AuditRecord(SELF, "start", "", node + ", version " + version, "", "STARTED"));
        writer.start();
    }

    @Override
    public void add(AuditRecord row) {
        if (!waiting.offer(row)) {
            overflowed.incrementAndGet();
            metrics.auditDropped();
        }
    }

    @Override
    public void refused(Refused caller, AuditRecord row) {
        metrics.auditRefusal(label(caller));
        if (sample(caller).admits(row.actor(), second())) {
            add(row);
        }
    }

    private RefusalSample sample(Refused caller) {
        return samples.getOrDefault(caller, new RefusalSample(0, 0));
    }

    private long second() {
        return TimeUnit.NANOSECONDS.toSeconds(nanos.getAsLong());
    }

    private static String label(Refused caller) {
        return caller.name().toLowerCase(Locale.ROOT);
    }

    private void run() {
        List<AuditRecord> batch = new ArrayList<>();
        int failures = 0;
        try {
            while (closing.getCount() > 0 || !waiting.isEmpty()) {
                take(batch);
                failures = write(batch) ? 0 : failures + 1;
                if (failures > 0 && closing.await(pause(failures), TimeUnit.MILLISECONDS)) {
                    break; // The server goes and the database is away: nothing more can be done.
                }
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
        int lost = batch.size() + waiting.size();
        if (lost > 0) {
            LOG.warn("{} audit rows were not written before the end", lost);
        }
    }

    /** Waits for rows unless some are left from before, and adds the counts of what had no row. */
    private void take(List<AuditRecord> batch) throws InterruptedException {
        if (batch.isEmpty()) {
            AuditRecord first = waiting.poll(ROUND.toMillis(), TimeUnit.MILLISECONDS);
            if (first != null) {
                batch.add(first);
            }
        }
        waiting.drainTo(batch, Math.max(0, BATCH - batch.size()));
        samples.forEach((caller, sample) -> {
            String rest = sample.takeRest(second());
            if (!rest.isEmpty()) {
                batch.add(own("refusals", label(caller), rest));
            }
        });
        long lost = overflowed.getAndSet(0);
        if (lost > 0) {
            batch.add(own("overflow", "", lost + " rows were not written, because too many waited for the database"));
        }
    }

    private static AuditRecord own(String act, String before, String reason) {
        return new AuditRecord(SELF, act, "", reason, before, "");
    }

    /** Empties the batch into the table; false where the database does not take it now. */
    private boolean write(List<AuditRecord> batch) {
        if (batch.isEmpty()) {
            return true;
        }
        try {
            database.jdbi().useTransaction(handle -> insert(handle, batch));
            batch.clear();
            return true;
        } catch (RuntimeException | Error failed) {
            if (isPassing(failed)) {
                LOG.warn(
                        "{} audit rows wait, because the database does not take them: {}",
                        batch.size(),
                        failed.getMessage());
                return false;
            }
            return writeOneByOne(batch);
        }
    }

    /** A row that the database will never take must not hold up the others. */
    private boolean writeOneByOne(List<AuditRecord> batch) {
        while (!batch.isEmpty()) {
            AuditRecord row = batch.getFirst();
            try {
                database.jdbi().useTransaction(handle -> insert(handle, List.of(row)));
            } catch (RuntimeException | Error failed) {
                if (isPassing(failed)) {
                    return false;
                }
                metrics.auditDropped();
                LOG.warn("an audit row of '{}' cannot be written: {}", row.act(), failed.getMessage());
            }
            batch.removeFirst();
        }
        return true;
    }

    private static boolean isPassing(Throwable failed) {
        return failed instanceof Exception refused
                && (DatabaseFault.isUnavailable(refused) || DatabaseFault.isRefusedForNow(refused));
    }

    private static long pause(int failures) {
        long longest = Math.min(LONGEST_PAUSE.toMillis(), ROUND.toMillis() << Math.min(failures, 10));
        return ThreadLocalRandom.current().nextLong(longest / 2, longest);
    }

    private static void insert(Handle handle, List<AuditRecord> rows) {
        var batch = handle.prepareBatch("""
            insert into audit_entry (actor, act, gid, reason, before, after, peer, request_id)
            values (:actor, :act, :gid, :reason, :before, :after, :peer, :requestId)\
            """);
        for (AuditRecord row : rows) {
            batch.bind("actor", cut(row.actor()))
                    .bind("act", cut(row.act()))
                    .bind("gid", cut(row.gid()))
                    .bind("reason", cut(row.reason()))
                    .bind("before", cut(row.before()))
                    .bind("after", cut(row.after()))
                    .bind("peer", cut(row.peer()))
                    .bind("requestId", cut(row.requestId()))
                    .add();
        }
        var _ = batch.execute();
    }

    /** Never between the halves of one character, which the database would refuse. */
    private static String cut(String text) {
        if (text.length() <= MAX_CHARACTERS) {
            return text;
        }
        boolean isHalved = Character.isHighSurrogate(text.charAt(MAX_CHARACTERS - 1));
        return text.substring(0, isHalved ? MAX_CHARACTERS - 1 : MAX_CHARACTERS);
    }

    /** Writes what waits, for some seconds at most. */
    @Override
    public void close() {
        closing.countDown();
        try {
            if (!writer.join(GOODBYE)) {
                writer.interrupt();
            }
        } catch (IllegalThreadStateException _) {
            // It was never started.
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
        }
    }
}
