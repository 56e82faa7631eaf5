package dev.entente.server.store.admin;

import dev.entente.server.store.Database;
import dev.entente.server.store.OpenRows;
import dev.entente.server.store.TransactionFilter;
import dev.entente.server.telemetry.DatabaseFigures;
import dev.entente.server.telemetry.Metrics;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The count of {@code open_transaction} and figures of other tables for the gauges, every ten seconds, on a separate
 * connection. Only the coordinator that holds an advisory lock counts.
 */
public final class TableCounts implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TableCounts.class);
    private static final Duration EVERY = Duration.ofSeconds(10);
    /** A hundred times the duration for a table with a million rows. */
    private static final int ANSWER_SECONDS = 60;

    /**
     * The first key of the advisory lock of the count: "entc" in ASCII. The second key is the schema, because several
     * schemas may share a database.
     */
    private static final int LOCK_SPACE = 0x656e7463;

    private final Database database;
    private final Duration keep;
    private final Metrics metrics;
    private final CountDownLatch closing = new CountDownLatch(1);
    private @Nullable Handle held;
    /**
     * The time of the oldest row past its retention. Removed rows stay in the index until it is vacuumed, and must not be
     * scanned again.
     */
    private Instant earliest = Instant.EPOCH;

    /** @param keep the time for which finished transactions are kept */
    public TableCounts(Database database, Duration keep, Metrics metrics) {
        this.database = database;
        this.keep = keep;
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

    /**
     * Counts once, if this coordinator has the lock or can take the lock; otherwise shows no counts. For one thread.
     */
    public void round() {
        try {
            Handle counting = held == null ? enter() : held;
            if (counting == null) {
                metrics.table(null);
                return;
            }
            metrics.database(figures(counting));
            metrics.table(Queries.open(counting, TransactionFilter.ALL, Integer.MAX_VALUE, false));
        } catch (SQLException | RuntimeException | Error e) {
            // The loop must survive; the next round tries again, here or elsewhere.
            LOG.debug("could not count the table: {}", e.getMessage());
            leave();
        }
    }

    private DatabaseFigures figures(Handle handle) {
        Map<String, Long> bytes = new HashMap<>();
        Map<String, Long> deadRows = new HashMap<>();
        handle.createQuery("""
            select relname, pg_total_relation_size(relid), n_dead_tup from pg_stat_user_tables
            where schemaname = current_schema() and relname = any (:tables)\
            """)
                .bind("tables", DatabaseFigures.TABLES.toArray(new String[0]))
                .map((row, _) -> {
                    bytes.put(row.getString(1), row.getLong(2));
                    return deadRows.put(row.getString(1), row.getLong(3));
                })
                .list();
        return new DatabaseFigures(bytes, deadRows, retentionLag(handle));
    }

    private Duration retentionLag(Handle handle) {
        return handle.createQuery("""
            select finished_at, extract(epoch from now() - finished_at) as age from finished_transaction
            where finished_at >= :earliest order by finished_at limit 1\
            """)
                .bind("earliest", earliest.atOffset(ZoneOffset.UTC))
                .map((row, _) -> {
                    Duration lag = Duration.ofMillis((long) (row.getDouble("age") * 1000))
                            .minus(keep);
                    earliest = lag.isPositive() ? OpenRows.instant(row, "finished_at") : Instant.EPOCH;
                    return lag.isPositive() ? lag : Duration.ZERO;
                })
                .findOne()
                .orElse(Duration.ZERO);
    }

    private @Nullable Handle enter() throws SQLException {
        Handle entered = Jdbi.open(database.connect("census", ANSWER_SECONDS));
        try (Statement session = entered.getConnection().createStatement()) {
            session.execute(Database.NOTICES_SILENCE);
            boolean isMine = entered.createQuery(
                            "select pg_try_advisory_lock(" + LOCK_SPACE + ", hashtext(current_schema()))")
                    .mapTo(Boolean.class)
                    .one();
            if (isMine) {
                held = entered;
                return entered;
            }
            entered.close();
            return null;
        } catch (SQLException | RuntimeException e) {
            entered.close();
            throw e;
        }
    }

    private void leave() {
        metrics.table(null);
        Handle left = held;
        held = null;
        if (left != null) {
            try {
                left.close();
            } catch (JdbiException e) {
                LOG.debug("closing a broken connection: {}", e.getMessage());
            }
        }
    }

    @Override
    public void close() {
        closing.countDown();
    }
}
