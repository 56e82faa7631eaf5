package dev.entente.outbox;

import dev.entente.client.Gids;
import dev.entente.jdbc.Ddl;
import dev.entente.jdbc.Dialect;
import dev.entente.trace.Tracing;
import dev.entente.wire.TraceParent;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import javax.sql.DataSource;

/**
 * Writes messages in the business transaction, to the table {@code entente_outbox} in the business's own database. An
 * {@link OutboxRelay} delivers a committed message at least once. A rollback removes the message.
 *
 * <pre>{@code
 * insertOrder(connection, order);
 * outbox.enqueue(connection, OutboxMessage.toGrpc("stock", StockServiceGrpc.getReserveMethod(), reserve).key(order));
 * connection.commit();
 * }</pre>
 *
 * <p>Immutable and thread-safe.
 */
public final class Outbox {
    private static final String TABLE = "entente_outbox";
    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(30);

    private final Dialect dialect;
    private final Gids ids;
    private final boolean wakesRelays;
    private final Tracing tracing;

    private Outbox(Dialect dialect, Gids ids, boolean wakesRelays, Tracing tracing) {
        this.dialect = dialect;
        this.ids = ids;
        this.wakesRelays = wakesRelays;
        this.tracing = tracing;
    }

    /** Returns an outbox for PostgreSQL. */
    public static Outbox postgres() {
        return on(Dialect.POSTGRES);
    }

    /**
     * Returns an outbox for MariaDB 10.6 or newer, with InnoDB (MySQL 8 is not tested); otherwise as {@link #postgres}.
     * There are no notifications: relays poll every half a second by default ({@link OutboxRelay.Builder#poll}).
     */
    public static Outbox mariadb() {
        return on(Dialect.MARIADB);
    }

    private static Outbox on(Dialect dialect) {
        return new Outbox(dialect, new Gids(InstantSource.system(), new SecureRandom()), true, Tracing.found());
    }

    /**
     * Disables notifications, so that relays find messages by polling. PostgreSQL serializes the commits of all
     * transactions that notify, in all databases of the server. This limits the rate of commits.
     */
    public Outbox withoutWakeUp() {
        return new Outbox(dialect, ids, false, tracing);
    }

    /** Stores the current span of another tracing than {@link Tracing#found} with each message. */
    public Outbox tracing(Tracing tracing) {
        return new Outbox(dialect, ids, wakesRelays, tracing);
    }

    /**
     * Adds a message to the connection's open transaction, which the caller ends. One round trip.
     *
     * <p>Transactions with the same ordering key wait for each other from this call to their end. Enqueue late, and use
     * the same order of keys everywhere.
     *
     * @return the message's id: the given one, the transaction's gid, or a new one
     * @throws OutboxUnusable if the connection is in autocommit mode (ENT-090), or the table is missing (ENT-094)
     * @throws SQLException if the database failed, or the outbox already has a message with this id (SQL state 23505,
     *     on MariaDB 23000). Roll the transaction back in both cases
     */
    public String enqueue(Connection connection, OutboxMessage message) throws SQLException {
        if (connection.getAutoCommit()) {
            throw OutboxUnusable.autoCommit("the message");
        }
        String id = message.id().isEmpty() ? ids.next() : message.id();
        OutboxMessage traced = TraceParent.parse(tracing.current())
                .or(TraceParent::current)
                .map(message::in)
                .orElse(message);
        try {
            OutboxRows.on(connection, dialect).enqueue(traced, id, wakesRelays);
        } catch (SQLException failure) {
            throw translated(failure, dialect);
        }
        return id;
    }

    /**
     * Reads the state of the outbox; no relay is necessary. Blocks.
     *
     * @throws OutboxUnusable if the table is missing (ENT-094)
     */
    public Backlog backlog(DataSource dataSource) throws SQLException {
        return OutboxRows.act(dataSource, LONGEST_ANSWER, Maintenance::backlog);
    }

    /**
     * Finds the destinations without a relay: no relay runs, or no relay has their carrier or channel. A relay is
     * recognized by the rows that it claimed or postponed within a minute. Blocks.
     *
     * @return the wait of the oldest due message, more than a minute, by carrier and address, such as {@code kafka
     *     orders}; the longest wait first
     * @throws OutboxUnusable if the table is missing (ENT-094)
     */
    public Map<String, Duration> unattended(DataSource dataSource) throws SQLException {
        return OutboxRows.act(dataSource, LONGEST_ANSWER, Maintenance::unattended);
    }

    /** Returns the exception for a failure that a missing table explains. */
    static OutboxUnusable translated(SQLException failure, Dialect dialect) throws SQLException {
        String ddl = dialect.ddl(Outbox.class, TABLE);
        return OutboxUnusable.translate(failure, TABLE, "Outbox.createTables(dataSource)", ddl);
    }

    /** Returns the statements that create the tables, for your migrations. */
    public String ddl() {
        return dialect.ddl(Outbox.class, TABLE);
    }

    /** Creates the tables if they do not exist. Several processes may call this concurrently. Blocks. */
    public void createTables(DataSource dataSource) throws SQLException {
        Ddl.run(dataSource, ddl());
    }
}
