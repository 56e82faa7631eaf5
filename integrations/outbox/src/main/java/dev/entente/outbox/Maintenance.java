package dev.entente.outbox;

import dev.entente.jdbc.BorrowedConnection;
import dev.entente.jdbc.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the outbox's state, removes old records, and wakes the relay after a commit with new messages. Uses its own
 * thread and connection, so that the metrics do not depend on the relay's connection. Without PostgreSQL's driver the
 * relay finds messages later, by polling.
 */
final class Maintenance implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Maintenance.class);
    private static final long MAX_COUNTED = 10_000;
    private static final Duration INTERVAL = Duration.ofSeconds(5);
    /** The pause after a check is at least {@code LOOKS_SHARE} times as long as the check. */
    private static final int LOOKS_SHARE = 100;
    /** A state is stale after this number of missed checks. */
    private static final int LOOKS_TO_MISS = 3;

    private static final Duration PURGE_EVERY = Duration.ofMinutes(1);
    private static final int PURGED_AT_ONCE = 5000;
    /** Longer than the time for which an unanswered destination gets no messages. */
    private static final Duration A_WHILE = Duration.ofMinutes(1);
    /** The wait before a broken connection is reopened. */
    private static final Duration REST = Duration.ofSeconds(1);
    /** The longest delay until a close or a wake-up is noticed while the thread waits for notifications. */
    private static final Duration LISTEN = Duration.ofMillis(500);

    private final DataSource dataSource;
    private final RelaySettings settings;
    private final WakeUp relay;
    private final BooleanSupplier isClosing;
    private final WakeUp alarm = new WakeUp();
    private final AtomicLong failures = new AtomicLong();
    private volatile @Nullable Reading last;
    private boolean isFailing;
    private final Set<String> warned = new HashSet<>();
    private long purgeAgainNanos = System.nanoTime();

    private record Reading(Backlog backlog, Duration unattendedFor, long staleAtNanos) {}

    /** @param relay is woken at each notification */
    Maintenance(DataSource dataSource, RelaySettings settings, WakeUp relay, BooleanSupplier isClosing) {
        this.dataSource = dataSource;
        this.settings = settings;
        this.relay = relay;
        this.isClosing = isClosing;
    }

    /** Returns the state of the outbox; empty while it is unknown. */
    Optional<Backlog> backlog() {
        return readState().map(Reading::backlog);
    }

    /** Returns the longest wait of a due message that no relay takes; empty while it is unknown. */
    Optional<Duration> unattendedFor() {
        return readState().map(Reading::unattendedFor);
    }

    private Optional<Reading> readState() {
        return Optional.ofNullable(last).filter(readState -> System.nanoTime() - readState.staleAtNanos() < 0);
    }

    /** Returns how often a check or a removal of old records failed. */
    long failures() {
        return failures.get();
    }

    /** Makes the thread check now, or end. */
    void wake() {
        alarm.call();
    }

    @Override
    public void run() {
        while (!isClosing.getAsBoolean()) {
            try (BorrowedConnection borrowed = BorrowedConnection.from(dataSource, settings.databaseTimeout())) {
                maintain(borrowed.connection());
            } catch (SQLException | RuntimeException | Error broken) {
                report(broken);
            } catch (InterruptedException closing) {
                return;
            }
            try {
                boolean unused = alarm.sleep(REST);
            } catch (InterruptedException closing) {
                return;
            }
        }
    }

    /** Logs the first failure as a warning, and later failures at DEBUG until a check works again. */
    private void report(Throwable broken) {
        failures.incrementAndGet();
        if (isFailing || isClosing.getAsBoolean()) {
            LOG.debug("still could not check the outbox", broken);
        } else {
            LOG.warn("could not check the outbox or remove its old records, retrying: {}", broken.getMessage(), broken);
        }
        isFailing = true;
    }

    private void maintain(Connection connection) throws SQLException, InterruptedException {
        OutboxRows rows = OutboxRows.on(connection);
        PGConnection notifying = rows.isMaria() ? null : listen(connection, rows);
        while (!isClosing.getAsBoolean()) {
            long began = System.nanoTime();
            try {
                readState(connection, rows);
                isFailing = false;
            } catch (SQLException failed) {
                if (!connection.isValid((int) INTERVAL.toSeconds())) {
                    throw failed;
                }
                report(failed); // notifications still arrive
            }
            long fair = (System.nanoTime() - began) * LOOKS_SHARE;
            await(notifying, Duration.ofNanos(Math.max(fair, INTERVAL.toNanos())));
        }
        if (notifying != null) {
            rows.sql().execute("unlisten entente_outbox"); // the connection may go back to a pool
        }
    }

    private void readState(Connection connection, OutboxRows rows) throws SQLException {
        long began = System.nanoTime();
        Backlog backlog = rows.act(connection, settings.databaseTimeout(), Maintenance::backlog);
        Map<String, Duration> unattended = rows.act(connection, settings.databaseTimeout(), Maintenance::unattended);
        long took = System.nanoTime() - began;
        long staleAfter = LOOKS_TO_MISS * Math.max(INTERVAL.toNanos(), took * LOOKS_SHARE);
        Duration longest = unattended.values().stream().findFirst().orElse(Duration.ZERO);
        last = new Reading(backlog, longest, System.nanoTime() + staleAfter);
        warn(unattended);
        if (System.nanoTime() - purgeAgainNanos >= 0) {
            int purged;
            do {
                purged = rows.act(connection, settings.databaseTimeout(), this::purge);
            } while (purged == PURGED_AT_ONCE && !isClosing.getAsBoolean());
            purgeAgainNanos = System.nanoTime() + PURGE_EVERY.toNanos();
        }
    }

    /** Warns of each destination once, until a relay takes its messages. */
    private void warn(Map<String, Duration> unattended) {
        warned.retainAll(unattended.keySet());
        unattended.forEach((destination, waited) -> {
            if (warned.add(destination)) {
                LOG.warn(
                        "no relay takes the outbox's messages for '{}', and the oldest message has waited for {}; start"
                                + " a relay with their carrier or channel (OutboxRelay.Builder)",
                        destination,
                        waited);
            }
        });
    }

    /** Finds the destinations without a relay, and the wait of their oldest due message. */
    static Map<String, Duration> unattended(OutboxRows rows) throws SQLException {
        long minute = Sql.micros(A_WHILE);
        Map<String, Duration> found = new LinkedHashMap<>();
        rows.sql()
                .query(
                        OutboxSql.UNATTENDED,
                        row -> Map.entry(
                                OutboxRows.string(rows.sql().name(row, "destination")), rows.since(row, "due_at")),
                        2 * minute,
                        minute,
                        minute)
                .forEach(each -> found.put(each.getKey(), each.getValue()));
        return found;
    }

    /** Counts messages, exactly up to a limit. */
    static Backlog backlog(OutboxRows rows) throws SQLException {
        Sql.Row<Backlog> row =
                each -> new Backlog(each.getLong("all_of_them"), rows.since(each, "oldest"), each.getLong("parked"));
        Backlog counted = rows.sql().query(OutboxSql.BACKLOG, row).get(0);
        long all = counted.pending();
        if (all > MAX_COUNTED) {
            all = Math.max(
                    all,
                    rows.sql()
                            .query(OutboxSql.ESTIMATED, each -> each.getLong(1))
                            .get(0));
        }
        return new Backlog(Math.max(0, all - counted.parked()), counted.oldest(), counted.parked());
    }

    private int purge(OutboxRows rows) throws SQLException {
        if (rows.isMaria()) {
            rows.sql().deleteAtMost("entente_outbox_key", "touched_at < {now} - interval 1 day", PURGED_AT_ONCE);
        }
        return rows.sql().update(OutboxSql.PURGE, Sql.micros(settings.keepSent()), PURGED_AT_ONCE);
    }

    /** Listens for notifications; returns null if another driver connects to PostgreSQL. */
    private @Nullable PGConnection listen(Connection connection, OutboxRows rows) throws SQLException {
        try {
            if (connection.isWrapperFor(PGConnection.class)) {
                connection.setAutoCommit(true);
                rows.sql().execute("listen entente_outbox");
                relay.call(); // finds messages that were committed before the listen
                return connection.unwrap(PGConnection.class);
            }
        } catch (NoClassDefFoundError noDriver) {
            LOG.debug("not on the class path", noDriver);
        }
        LOG.info("PostgreSQL's driver is not available: the outbox is polled, without notifications");
        return null;
    }

    /** Waits until the next check, and wakes the relay at each notification meanwhile. */
    private void await(@Nullable PGConnection notifying, Duration pause) throws SQLException, InterruptedException {
        if (notifying == null) {
            boolean unused = alarm.sleep(pause);
            return;
        }
        long end = System.nanoTime() + pause.toNanos();
        while (!isClosing.getAsBoolean() && System.nanoTime() - end < 0 && !alarm.sleep(Duration.ZERO)) {
            if (notifying.getNotifications((int) LISTEN.toMillis()).length > 0) {
                relay.call();
            }
        }
    }
}
