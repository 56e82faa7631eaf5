package dev.entente.server.store.admin;

import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.Database;
import dev.entente.server.store.ParkedColumn;
import dev.entente.server.store.WaitingColumn;
import dev.entente.server.telemetry.Metrics;
import dev.entente.server.telemetry.OpenCounts;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts {@code open_transaction} for the gauges, every ten seconds, on a connection of its own. One coordinator does
 * it: whoever holds an advisory lock.
 * By one query over the whole table: an index by state would cost every write.
 */
public final class TableCensus implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TableCensus.class);
    private static final Duration EVERY = Duration.ofSeconds(10);
    /** A hundred times what a table with a million rows takes. */
    private static final int ANSWER_SECONDS = 60;

    /**
     * The first key of the advisory lock of whoever counts: "entc" in ASCII. The second is the schema, for several may
     * share a database.
     */
    private static final int LOCK_SPACE = 0x656e7463;

    private final Database database;
    private final Metrics metrics;
    private final CountDownLatch closing = new CountDownLatch(1);
    private @Nullable Connection connection;

    public TableCensus(Database database, Metrics metrics) {
        this.database = database;
        this.metrics = metrics;
    }

    public void start() {
        Thread.ofVirtual().name("entente-census").start(this::run);
    }

    private void run() {
        try {
            do {
                round();
            } while (!closing.await(EVERY.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            leave();
        }
    }

    /** Counts once, if the lock is or can be held; else shows nothing. For one thread. */
    public void round() {
        try {
            Connection counting = connection == null ? enter() : connection;
            metrics.table(counting == null ? null : count(counting));
        } catch (SQLException | RuntimeException | Error e) {
            // Must live; the next round tries again, here or elsewhere.
            LOG.debug("could not count the table: {}", e.getMessage());
            leave();
        }
    }

    private @Nullable Connection enter() throws SQLException {
        Connection entered = database.connect("census", ANSWER_SECONDS);
        try (Statement statement = entered.createStatement()) {
            statement.execute(Database.NOTICES_SILENCE);
            try (ResultSet row = statement.executeQuery(
                    "select pg_try_advisory_lock(" + LOCK_SPACE + ", hashtext(current_schema()))")) {
                if (row.next() && row.getBoolean(1)) {
                    connection = entered;
                    return entered;
                }
            }
            entered.close();
            return null;
        } catch (SQLException | RuntimeException e) {
            entered.close();
            throw e;
        }
    }

    private static OpenCounts count(Connection counting) throws SQLException {
        OpenCounts counts = new OpenCounts();
        long began = System.nanoTime();
        try (Statement statement = counting.createStatement();
                ResultSet row = statement.executeQuery("""
                    select pattern, state, reason, awaits, count(*), count(*) filter (where is_overdue),
                      coalesce(extract(epoch from now() - min(due_at) filter (where is_overdue)), 0)
                    from (
                      select pattern, state, split_part(parked_reason, ':', 1) as reason,
                        coalesce(%s, false) as awaits, due_at, owner is null and due_at < now() as is_overdue
                      from open_transaction) each
                    group by 1, 2, 3, 4\
                    """.formatted(WaitingColumn.AWAITS))) {
            while (row.next()) {
                add(row, counts);
            }
        }
        counts.addQuery(Duration.ofNanos(System.nanoTime() - began));
        return counts;
    }

    private static void add(ResultSet row, OpenCounts counts) throws SQLException {
        long count = row.getLong(5);
        counts.addOpen(Pattern.of(row.getInt(1)), TransactionState.of(row.getInt(2)), count);
        String reason = row.getString(3);
        if (reason != null) {
            counts.addParked(ParkedColumn.reason(reason), count);
        }
        counts.addAwaitingApproval(row.getBoolean(4) ? count : 0);
        counts.addOverdue(row.getLong(6), Duration.ofMillis((long) (row.getDouble(7) * 1000)));
    }

    private void leave() {
        metrics.table(null);
        Connection left = connection;
        connection = null;
        if (left != null) {
            try {
                left.close();
            } catch (SQLException e) {
                LOG.debug("closing a broken connection: {}", e.getMessage());
            }
        }
    }

    @Override
    public void close() {
        closing.countDown();
    }
}
