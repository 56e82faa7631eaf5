package dev.entente.outbox;

import dev.entente.jdbc.BorrowedConnection;
import dev.entente.jdbc.Ddl;
import dev.entente.jdbc.Dialect;
import dev.entente.jdbc.OwnTransaction;
import dev.entente.jdbc.SavepointBody;
import dev.entente.jdbc.Sql;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;

/**
 * Processes each message once, by one row in the consumer's own transaction. The rows are in the table {@code
 * entente_inbox} of the consumer's database.
 *
 * <pre>{@code
 * boolean first = inbox.once(connection, idempotencyKey, same -> addPoints(same, user, 100));
 * connection.commit();
 * }</pre>
 *
 * <p>A participant that is called through gRPC and {@code BranchInterceptor} may use its {@code Barrier} instead, which
 * also keeps the first response. Immutable and thread-safe.
 */
public final class Inbox {
    /** Relays attempt a message for three days by default. */
    private static final Duration SHORTEST_RETENTION = Duration.ofDays(7);

    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(30);
    private static final int PURGED_AT_ONCE = 1000;
    private static final int MAX_ID_CHARS = 512;
    /** InnoDB limits keys to 3072 bytes. */
    private static final int MAX_CONSUMER_BYTES = 1024;

    private static final String SAVEPOINT = "savepoint entente_inbox;";
    private static final String TAKE = SAVEPOINT
            + "insert into entente_inbox (consumer, message_id) values (?, ?)"
            + " on conflict (consumer, message_id) do nothing;";
    private static final String TAKE_MARIADB =
            "insert ignore into entente_inbox (consumer, message_id, received_at) values (?, ?, {now})";

    private final Dialect dialect;
    private final String consumer;
    private final Duration retention;

    /** The consumer's work for a message. */
    @FunctionalInterface
    public interface Body {
        /**
         * Does the work on this connection, without commit or rollback. If a statement fails, PostgreSQL discards all
         * work, and the message counts as new, also if the body catches the exception. A body may avoid this with its
         * own savepoint. MariaDB rolls back only the failed statement, except after a deadlock.
         *
         * @throws SQLException if the database failed
         */
        void run(Connection connection) throws SQLException;
    }

    private Inbox(Dialect dialect, String consumer, Duration retention) {
        this.dialect = dialect;
        this.consumer = consumer;
        this.retention = retention;
    }

    /** Returns an inbox for PostgreSQL, with one consumer in the database. Ids are kept for 30 days. */
    public static Inbox postgres() {
        return new Inbox(Dialect.POSTGRES, "", Duration.ofDays(30));
    }

    /**
     * Returns an inbox for MariaDB 10.6 or newer, with InnoDB; otherwise as {@link #postgres}. MySQL 8 is not tested.
     */
    public static Inbox mariadb() {
        return new Inbox(Dialect.MARIADB, "", Duration.ofDays(30));
    }

    /**
     * Returns an inbox for one of several consumers in a database. Each consumer processes every message once.
     *
     * @param name at most 512 characters, and on MariaDB 1024 bytes of UTF-8
     */
    public Inbox consumer(String name) {
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (dialect == Dialect.MARIADB && bytes > MAX_CONSUMER_BYTES) {
            throw new IllegalArgumentException("the consumer's name has " + bytes + " bytes of UTF-8; at most "
                    + MAX_CONSUMER_BYTES + " on MariaDB");
        }
        return new Inbox(dialect, checked(name, "the consumer's name"), retention);
    }

    /**
     * Returns an inbox for the ids of one source. A source is a topic, a queue, or a sender that makes its own ids.
     * Equal ids of different sources are different messages.
     *
     * @param source at most 511 characters with the consumer's name, on MariaDB 1023 bytes of UTF-8
     */
    public Inbox from(String source) {
        return consumer(consumer + "/" + source);
    }

    /**
     * Sets how long ids are kept. A message that is repeated later is processed again. Choose a retention that is
     * longer than a sender may keep a message parked. The retention must also be more than twice the time for which the
     * relay attempts a message ({@link OutboxRelay.Builder#giveUpAfter}).
     *
     * @throws IllegalArgumentException if it is less than seven days
     */
    public Inbox withRetention(Duration retention) {
        if (retention.compareTo(SHORTEST_RETENTION) < 0) {
            throw new IllegalArgumentException(
                    "a retention of " + retention + " is too short for repeated messages; keep ids at least "
                            + SHORTEST_RETENTION.toDays() + " days");
        }
        return new Inbox(dialect, consumer, retention);
    }

    /**
     * Runs the body unless this message was processed before. Uses the connection's open transaction, which the caller
     * ends. Waits while another transaction processes this message, limited by {@code lock_timeout}, on MariaDB {@code
     * innodb_lock_wait_timeout}. If the body throws, its changes are rolled back to a savepoint. The message then
     * counts as new, and the transaction can continue. After a deadlock on MariaDB, which ends the transaction, roll
     * the transaction back. Also roll back if a session such as JPA's takes part, because the session still has the
     * body's changes.
     *
     * @param messageId the {@code idempotency-key} of the message, 1 to 512 characters. The id belongs to the source of
     *     {@link #from}. Without {@link #from}, ids must be unique among all sources
     * @return whether the body ran
     * @throws OutboxUnusable if the connection is in autocommit mode (ENT-090), the table is missing (ENT-094), or the
     *     body ends the transaction (ENT-097)
     */
    public boolean once(Connection connection, String messageId, Body body) throws SQLException {
        if (connection.getAutoCommit()) {
            throw OutboxUnusable.autoCommit("the message's id");
        }
        if (checked(messageId, "the message's id").isEmpty()) {
            throw new IllegalArgumentException(
                    "the message has no id; without an id, a repeated message cannot be recognized");
        }
        if (!take(connection, messageId)) {
            return false;
        }
        new SavepointBody(connection, "entente_inbox", OutboxUnusable::bodyEnds, OutboxUnusable::bodyEnded)
                .run(body::run);
        return true;
    }

    /** Returns the statements that create the table, for your migrations. */
    public String ddl() {
        return dialect.ddl(Inbox.class, "entente_inbox");
    }

    /** Creates the table if it does not exist. Several processes may call this concurrently. Blocks. */
    public void createTable(DataSource dataSource) throws SQLException {
        Ddl.run(dataSource, ddl());
    }

    /**
     * Deletes ids older than the retention, of all consumers, a thousand per transaction. Run it once a day. Blocks.
     *
     * @return how many ids were deleted
     */
    public long purge(DataSource dataSource) throws SQLException {
        try (BorrowedConnection borrowed = BorrowedConnection.alone(dataSource, LONGEST_ANSWER)) {
            Sql sql = new Sql(borrowed.connection(), dialect);
            long purged = 0;
            int last;
            do {
                last = OwnTransaction.on(
                        borrowed.connection(),
                        () -> sql.deleteAtMost(
                                "entente_inbox",
                                "received_at < {now} - {micros}",
                                Sql.micros(retention),
                                PURGED_AT_ONCE));
                purged += last;
            } while (last == PURGED_AT_ONCE);
            return purged;
        }
    }

    private boolean take(Connection connection, String messageId) throws SQLException {
        try {
            return dialect == Dialect.MARIADB
                    ? takeOnMariadb(connection, messageId)
                    : takeOnPostgres(connection, messageId);
        } catch (SQLException failure) {
            throw OutboxUnusable.translate(failure, "entente_inbox", "Inbox.createTable(dataSource)", ddl());
        }
    }

    private boolean takeOnPostgres(Connection connection, String messageId) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(TAKE)) {
            insert.setString(1, consumer);
            insert.setString(2, messageId);
            insert.execute(); // the savepoint
            insert.getMoreResults();
            return insert.getUpdateCount() == 1;
        }
    }

    private boolean takeOnMariadb(Connection connection, String messageId) throws SQLException {
        Sql sql = new Sql(connection, dialect);
        sql.update(SAVEPOINT);
        return sql.isInserted(TAKE_MARIADB, sql.name(consumer), sql.name(messageId));
    }

    private static String checked(String text, String what) {
        if (text.length() > MAX_ID_CHARS) {
            throw new IllegalArgumentException(what + " has " + text.length() + " characters; at most " + MAX_ID_CHARS);
        }
        if (text.indexOf('\0') >= 0 || !StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw new IllegalArgumentException(
                    what + " has a NUL, or half of a character, which a database cannot store");
        }
        return text;
    }
}
