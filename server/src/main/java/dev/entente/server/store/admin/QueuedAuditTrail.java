package dev.entente.server.store.admin;

import dev.entente.server.store.AuditLines;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.Database;
import dev.entente.server.store.DatabaseFault;
import dev.entente.server.telemetry.Metrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bounded queue of audit rows, and the thread that writes them. Rows wait while the database does not accept rows.
 * Rows that find the queue full are counted, and the count becomes a row. Thread-safe.
 */
public final class QueuedAuditTrail implements AuditTrail, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(QueuedAuditTrail.class);

    /** The maximum number of rows that wait for the database. */
    static final int MAX_WAITING = 10_000;
    /** The maximum characters of a text from outside, in a row of the queue. */
    static final int MAX_CHARACTERS = 1000;

    private static final int BATCH = 500;
    private static final Duration ROUND = Duration.ofMillis(500);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);

    private final Database database;
    private final Metrics metrics;
    private final Supplier<Duration> goodbye;
    private final BlockingQueue<AuditRecord> waiting = new ArrayBlockingQueue<>(MAX_WAITING);
    private final AtomicLong overflowed = new AtomicLong();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread writer = Thread.ofVirtual().name("entente-audit").unstarted(this::run);

    private QueuedAuditTrail(Database database, Metrics metrics, Supplier<Duration> goodbye) {
        this.database = database;
        this.metrics = metrics;
        this.goodbye = goodbye;
    }

    /**
     * Starts a trail that writes from now on.
     *
     * @param goodbye returns how long a close may take; called when the close begins
     */
    public static QueuedAuditTrail start(Database database, Metrics metrics, Supplier<Duration> goodbye) {
        QueuedAuditTrail trail = new QueuedAuditTrail(database, metrics, goodbye);
        trail.writer.start();
        return trail;
    }

    @Override
    public void add(AuditRecord row) {
        AuditRecord kept = new AuditRecord(
                row.actor(),
                row.act(),
                cut(row.gid()),
                cut(row.reason()),
                cut(row.before()),
                cut(row.after()),
                row.peer(),
                row.requestId());
        AuditLines.reported(kept);
        if (!waiting.offer(kept)) {
            overflowed.incrementAndGet();
            metrics.auditDropped();
        }
    }

    /** Shortens a text, never between the halves of one character, which the database would refuse. */
    private static String cut(String text) {
        if (text.length() <= MAX_CHARACTERS) {
            return text;
        }
        boolean isHalved = Character.isHighSurrogate(text.charAt(MAX_CHARACTERS - 1));
        return text.substring(0, isHalved ? MAX_CHARACTERS - 1 : MAX_CHARACTERS);
    }

    private void run() {
        List<AuditRecord> batch = new ArrayList<>();
        try {
            boolean isLast = false;
            while (!isLast || !waiting.isEmpty() || !batch.isEmpty()) {
                isLast = closing.getCount() == 0;
                take(batch);
                if (!write(batch)) {
                    if (isLast) {
                        break; // the server stops without the database: nothing more can be done
                    }
                    var _ = closing.await(AFTER_FAILURE.toMillis(), TimeUnit.MILLISECONDS);
                }
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
        int lost = batch.size() + waiting.size();
        if (lost > 0) {
            LOG.warn("{} audit rows were not written before the shutdown", lost);
        }
    }

    /** Waits for rows, unless earlier rows are left. */
    private void take(List<AuditRecord> batch) throws InterruptedException {
        if (!batch.isEmpty()) {
            return;
        }
        AuditRecord first = waiting.poll(ROUND.toMillis(), TimeUnit.MILLISECONDS);
        if (first != null) {
            batch.add(first);
            waiting.drainTo(batch, BATCH);
        }
        long lost = overflowed.getAndSet(0);
        if (lost > 0) {
            String why = lost + " rows were not written, because too many waited for the database";
            batch.add(new AuditRecord(SELF, "overflow", "", why, "", ""));
        }
    }

    /** Writes the batch into the table. Returns false if the database does not take it now. */
    private boolean write(List<AuditRecord> batch) {
        if (batch.isEmpty()) {
            return true;
        }
        try {
            database.jdbi().useTransaction(handle -> AuditLog.insert(handle, batch));
            batch.clear();
            return true;
        } catch (RuntimeException | Error failed) {
            LOG.warn(
                    "{} audit rows wait, because the database rejected them: {}",
                    batch.size(),
                    DatabaseFault.serversLine(failed));
            return false;
        }
    }

    /** Writes the waiting rows while the database accepts rows, until the time limit of the close. Blocks. */
    @Override
    public void close() {
        closing.countDown();
        try {
            if (!writer.join(goodbye.get())) {
                writer.interrupt();
            }
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
        }
    }
}
