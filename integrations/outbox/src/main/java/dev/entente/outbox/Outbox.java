package dev.entente.outbox;

import dev.entente.client.Gids;
import dev.entente.jdbc.Ddl;
import dev.entente.jdbc.Dialect;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import javax.sql.DataSource;

/**
 * Writes messages into the transaction that they tell of: the table {@code entente_outbox} in the business's own
 * database. Committed, a message is delivered, at least once, by an {@link OutboxRelay}; rolled back, it never was.
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

    private Outbox(Dialect dialect, Gids ids, boolean wakesRelays) {
        this.dialect = dialect;
        this.ids = ids;
        this.wakesRelays = wakesRelays;
    }

    /** For PostgreSQL. */
    public static Outbox postgres() {
        return on(Dialect.POSTGRES);
    }

    /**
     * For MariaDB 10.6 and newer, and for MySQL 8, with InnoDB; otherwise as {@link #postgres}. Nobody wakes relays
     * there: they look every half a second unless told otherwise ({@link OutboxRelay.Builder#poll}).
     */
    public static Outbox mariadb() {
        return on(Dialect.MARIADB);
    }

    private static Outbox on(Dialect dialect) {
        return new Outbox(dialect, new Gids(InstantSource.system(), new SecureRandom()), true);
    }

    /**
     * Leaves it to the relays' polls to find messages. PostgreSQL lets transactions that notify commit one after
     * another, across the whole server; that bounds their rate where very many of them commit at once.
     */
    public Outbox withoutWakeUp() {
        return new Outbox(dialect, ids, false);
    }

    /**
     * Adds a message to the connection's open transaction, which the caller ends. One round trip.
     *
     * <p>With an ordering key, transactions of the same key wait for each other from here to their end: enqueue late,
     * and several keys in the same order everywhere.
     *
     * @return the message's id: the given one, the transaction's gid, or a new one
     * @throws OutboxUnusable if the connection is in autocommit mode (ENT-090), or the table is missing (ENT-094)
     * @throws SQLException if the database failed, or a message of that id is on its way already (SQL state 23505,
     *     on MariaDB 23000); either way roll the transaction back
     */
    public String enqueue(Connection connection, OutboxMessage message) throws SQLException {
        if (connection.getAutoCommit()) {
            throw OutboxUnusable.autoCommit("the message");
        }
        String id = message.id().isEmpty() ? ids.next() : message.id();
        try {
            OutboxRows.on(connection, dialect).enqueue(message, id, wakesRelays);
        } catch (SQLException failure) {
            throw translated(failure, dialect);
        }
        return id;
    }

    /**
     * Looks at how the outbox stands, whether a relay runs or not. Blocks.
     *
     * @throws OutboxUnusable if the table is missing (ENT-094)
     */
    public Backlog backlog(DataSource dataSource) throws SQLException {
        return OutboxRows.act(dataSource, LONGEST_ANSWER, Upkeep::backlog);
    }

    /**
     * Finds the destinations whose messages no relay takes: none runs, or none has their carrier or channel. A relay is
     * seen by the rows that it claims or puts off, within a minute. Blocks.
     *
     * @return by carrier and address, such as {@code kafka orders}, how long the oldest due message has waited, more
     *     than a minute; the longest first
     * @throws OutboxUnusable if the table is missing (ENT-094)
     */
    public Map<String, Duration> unattended(DataSource dataSource) throws SQLException {
        return OutboxRows.act(dataSource, LONGEST_ANSWER, Upkeep::unattended);
    }

    /** Returns what is thrown for a failure that a missing table may explain. */
    static OutboxUnusable translated(SQLException failure, Dialect dialect) throws SQLException {
        String ddl = dialect.ddl(Outbox.class, TABLE);
        return OutboxUnusable.translate(failure, TABLE, "Outbox.createTables(dataSource)", ddl);
    }

    /** The statements that create the tables, for your migrations. */
    public String ddl() {
        return dialect.ddl(Outbox.class, TABLE);
    }

    /** Creates the tables if they are not there. Several processes may do this at once. Blocks. */
    public void createTables(DataSource dataSource) throws SQLException {
        Ddl.run(dataSource, ddl());
    }
}
