package dev.entente.outbox;

import dev.entente.jdbc.BoundedConnection;
import dev.entente.jdbc.BoundedConnections;
import dev.entente.jdbc.Dialect;
import dev.entente.jdbc.OwnTransaction;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The acts of an operator on messages that no relay delivers any more. They can be looked at, retried once the cause is
 * mended, or skipped. Thread-safe; each method is a transaction of its own, and blocks.
 */
public final class ParkedMessages {
    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(30);
    private static final int MOST_AT_ONCE = 1000;

    private final BoundedConnections connections;

    private ParkedMessages(BoundedConnections connections) {
        this.connections = connections;
    }

    /** Those of the outbox in that database. */
    public static ParkedMessages in(DataSource dataSource) {
        return in(dataSource, LONGEST_ANSWER);
    }

    static ParkedMessages in(DataSource dataSource, Duration longestAnswer) {
        return new ParkedMessages(new BoundedConnections(dataSource, longestAnswer));
    }

    /**
     * Those parked longest, first.
     *
     * @param limit 1 to 1000
     */
    public List<ParkedMessage> list(int limit) throws SQLException {
        bounded(limit);
        return act((statements, connection) -> statements.parked(connection, limit));
    }

    /**
     * Attempts a message anew, with all its attempts before it.
     *
     * @return false if no message of that id is parked
     */
    public boolean retry(String id) throws SQLException {
        return act((statements, connection) -> {
            boolean found = statements.retry(connection, id);
            statements.wake(connection);
            return found;
        });
    }

    /**
     * Attempts anew those parked longest, as after an outage.
     *
     * @param limit 1 to 1000
     * @return how many; fewer than {@code limit} if no more were parked
     */
    public int retryAll(int limit) throws SQLException {
        bounded(limit);
        return act((statements, connection) -> {
            int retried = statements.retryAll(connection, limit);
            statements.wake(connection);
            return retried;
        });
    }

    /**
     * Attempts anew all that are parked, a thousand in each transaction; those that park again meanwhile are not looked
     * for.
     *
     * @return how many
     */
    public long retryAll() throws SQLException {
        long all = 0;
        int last;
        do {
            last = retryAll(MOST_AT_ONCE);
            all += last;
        } while (last == MOST_AT_ONCE);
        return all;
    }

    /**
     * Gives a message up: it is never delivered, and those of its key go on without it.
     *
     * @param why kept with the record of the message, as long as that is
     * @return false if no message of that id is parked
     */
    public boolean skip(String id, String why) throws SQLException {
        return act((statements, connection) -> {
            Optional<Locked> parked = statements.lockParked(connection, id);
            if (parked.isEmpty()) {
                return false;
            }
            statements.gone(connection, 0, List.of(id), SettleStatements.End.skipped(why));
            String key = parked.get().key();
            if (key != null) {
                statements.passOn(connection, List.of(key));
            }
            statements.wake(connection);
            return true;
        });
    }

    /** A parked message that nobody else can touch now. */
    record Locked(@Nullable String key) {}

    private static void bounded(int limit) {
        if (limit < 1 || limit > MOST_AT_ONCE) {
            throw new IllegalArgumentException(limit + " messages at once; use 1 to " + MOST_AT_ONCE);
        }
    }

    private interface Act<T> {
        T run(OutboxStatements statements, Connection connection) throws SQLException;
    }

    private <T> T act(Act<T> act) throws SQLException {
        try (BoundedConnection bounded = connections.open()) {
            Connection connection = bounded.connection();
            Dialect dialect = Dialect.of(connection);
            OutboxStatements statements = OutboxStatements.of(dialect);
            try {
                return OwnTransaction.on(connection, () -> {
                    statements.beginAct(connection);
                    return act.run(statements, connection);
                });
            } catch (SQLException failure) {
                throw Outbox.translated(failure, dialect);
            }
        }
    }
}
