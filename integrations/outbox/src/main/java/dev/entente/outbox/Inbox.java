package dev.entente.outbox;

import dev.entente.jdbc.BorrowedConnection;
import dev.entente.jdbc.Ddl;
import dev.entente.jdbc.Dialect;
import dev.entente.jdbc.InnerBody;
import dev.entente.jdbc.OwnTransaction;
import dev.entente.jdbc.Sql;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;

/**
 * Takes each message once, by one row in the transaction that it causes: the table {@code entente_inbox} in the
 * consumer's own database.
 *
 * <pre>{@code
 * boolean first = inbox.once(connection, idempotencyKey, same -> addPoints(same, user, 100));
 * connection.commit();
 * }</pre>
 *
 * <p>A participant that calls reach through gRPC and {@code BranchInterceptor} may use its {@code Barrier} instead,
 * which keeps the first answer as well. Immutable and thread-safe.
 */
public final class Inbox {
    /** Relays go on for three days unless told otherwise. */
    private static final Duration SHORTEST_RETENTION = Duration.ofDays(7);

    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(30);
    private static final int PURGED_AT_ONCE = 1000;
    private static final int MAX_ID_CHARS = 512;
    /** InnoDB's keys are of 3072 bytes at most. */
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

    /** The work that a message causes. */
    @FunctionalInterface
    public interface Body {
        /**
         * Does it on this connection, neither committing nor rolling it back. Where a statement fails, PostgreSQL keeps
         * nothing of it, so the message stands as not taken, also where the body catches the exception, unless it goes
         * back to a savepoint of its own. MariaDB takes back that statement alone, save after a deadlock.
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

    /** For PostgreSQL, with one consumer in the database; ids kept 30 days. */
    public static Inbox postgres() {
        return new Inbox(Dialect.POSTGRES, "", Duration.ofDays(30));
    }

    /** For MariaDB 10.6 and newer, and for MySQL 8, with InnoDB; otherwise as {@link #postgres}. */
    public static Inbox mariadb() {
        return new Inbox(Dialect.MARIADB, "", Duration.ofDays(30));
    }

    /**
     * One of several consumers in the same database, each of which takes every message once.
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
     * Returns an inbox for the ids of one source. A source is a topic, a queue, or a sender that makes ids of its own;
     * a message of another one under an equal id is another message.
     *
     * @param source at most 511 characters with the consumer's name, as bytes of UTF-8 as there
     */
    public Inbox from(String source) {
        return consumer(consumer + "/" + source);
    }

    /**
     * How long ids are kept: a message that comes again later is taken again. Keep them longer than a message may stand
     * parked at its sender, and more than twice
     * as long as its relay goes on ({@link OutboxRelay.Builder#giveUpAfter}).
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
     * Runs the body unless this message was taken before, in the connection's open transaction, which the caller ends.
     * Where the same message is being taken by another transaction, this waits for that to end (bounded by the
     * connection's {@code lock_timeout}, on MariaDB {@code innodb_lock_wait_timeout}). If the body throws, what it did
     * is taken back, the message stands as not taken, and the transaction can go on. A deadlock on MariaDB ends all of
     * the transaction: roll it back then. So too where a session such as JPA's is in the transaction, for it still
     * holds what the body did.
     *
     * @param messageId what came as {@code idempotency-key}; 1 to 512 characters. It is known as one of {@link #from}'s
     *     source, or else of all sources
     * @return whether the body ran
     * @throws OutboxUnusable if the connection is in autocommit mode (ENT-090), the table is missing (ENT-094), or the
     *     body ends the transaction (ENT-097)
     */
    public boolean once(Connection connection, String messageId, Body body) throws SQLException {
        if (connection.getAutoCommit()) {
            throw OutboxUnusable.autoCommit("the message's id");
        }
        if (checked(messageId, "the message's id").isEmpty()) {
            throw new IllegalArgumentException("the message has no id; without one it cannot be known again");
        }
        if (!take(connection, messageId)) {
            return false;
        }
        new InnerBody(connection, "entente_inbox", OutboxUnusable::bodyEnds, OutboxUnusable::bodyEnded).run(body::run);
        return true;
    }

    /** The statements that create the table, for your migrations. */
    public String ddl() {
        return dialect.ddl(Inbox.class, "entente_inbox");
    }

    /** Creates the table if it is not there. Several processes may do this at once. Blocks. */
    public void createTable(DataSource dataSource) throws SQLException {
        Ddl.run(dataSource, ddl());
    }

    /**
     * Deletes ids older than the retention, of all consumers, a thousand per transaction; run it once a day. Blocks.
     *
     * @return how many went
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
            throw new IllegalArgumentException(what + " has a NUL, or half of a character, which no database keeps");
        }
        return text;
    }
}
