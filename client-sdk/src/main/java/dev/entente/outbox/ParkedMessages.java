package dev.entente.outbox;

import dev.entente.jdbc.BoundedConnection;
import dev.entente.jdbc.BoundedConnections;
import dev.entente.jdbc.Ddl;
import dev.entente.jdbc.OwnTransaction;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The acts of an operator on messages that no relay delivers any more. They can be looked at, retried once the cause is
 * mended, or skipped. Thread-safe; each method is a transaction of its own, and blocks.
 */
public final class ParkedMessages {
    static final String LIST = """
        select o.id, o.kind, o.address, o.method, o.ordering_key, o.attempts, o.last_error, o.enqueued_at, o.parked_at,
          (select count(*) from (select from entente_outbox n
             where n.ordering_key = o.ordering_key and n.position > o.position
             order by n.position limit 1000) behind) as blocks
        from entente_outbox o where o.parked_at is not null order by o.parked_at limit ?
        """;

    private static final String RETRIED = "update entente_outbox set parked_at = null, due_at = now(), attempts = 0,"
            + " first_tried_at = null where ";

    private static final String RETRY = RETRIED + "id = ? and parked_at is not null";

    static final String RETRY_ALL = RETRIED + """
        id = any (array(
          select id from entente_outbox where parked_at is not null order by parked_at limit ? for update skip locked))
        """;

    private static final String LOCK =
            "select ordering_key from entente_outbox where id = ? and parked_at is not null for update";

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
        return act(connection -> {
            try (PreparedStatement select = connection.prepareStatement(LIST)) {
                select.setInt(1, limit);
                try (ResultSet rows = select.executeQuery()) {
                    List<ParkedMessage> parked = new ArrayList<>();
                    while (rows.next()) {
                        parked.add(read(rows));
                    }
                    return parked;
                }
            }
        });
    }

    /**
     * Attempts a message anew, with all its attempts before it.
     *
     * @return false if no message of that id is parked
     */
    public boolean retry(String id) throws SQLException {
        return act(connection -> {
            try (PreparedStatement update = connection.prepareStatement(RETRY)) {
                update.setString(1, id);
                boolean found = update.executeUpdate() == 1;
                wake(connection);
                return found;
            }
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
        return act(connection -> {
            try (PreparedStatement update = connection.prepareStatement(RETRY_ALL)) {
                update.setInt(1, limit);
                int retried = update.executeUpdate();
                wake(connection);
                return retried;
            }
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
        return act(connection -> {
            Optional<Locked> parked = lock(connection, id);
            if (parked.isEmpty()) {
                return false;
            }
            SettleStatements.skipped(connection, id, why);
            String key = parked.get().key();
            if (key != null) {
                TurnStatements.passOn(connection, List.of(key));
            }
            wake(connection);
            return true;
        });
    }

    /** A parked message that nobody else can touch now. */
    private record Locked(@Nullable String key) {}

    private static Optional<Locked> lock(Connection connection, String id) throws SQLException {
        try (PreparedStatement lock = connection.prepareStatement(LOCK)) {
            lock.setString(1, id);
            try (ResultSet row = lock.executeQuery()) {
                return row.next() ? Optional.of(new Locked(row.getString(1))) : Optional.empty();
            }
        }
    }

    private static void wake(Connection connection) throws SQLException {
        try (PreparedStatement notify = connection.prepareStatement("select pg_notify(?, '')")) {
            notify.setString(1, EnqueueStatement.CHANNEL);
            notify.execute();
        }
    }

    private static ParkedMessage read(ResultSet row) throws SQLException {
        String destination = row.getString("kind") + " " + row.getString("address") + " " + row.getString("method");
        return new ParkedMessage(
                Objects.requireNonNull(row.getString("id")),
                destination.strip(),
                Optional.ofNullable(row.getString("ordering_key")),
                row.getInt("attempts"),
                Objects.requireNonNullElse(row.getString("last_error"), ""),
                Objects.requireNonNull(row.getObject("enqueued_at", OffsetDateTime.class))
                        .toInstant(),
                Objects.requireNonNull(row.getObject("parked_at", OffsetDateTime.class))
                        .toInstant(),
                row.getLong("blocks"));
    }

    private static void bounded(int limit) {
        if (limit < 1 || limit > MOST_AT_ONCE) {
            throw new IllegalArgumentException(limit + " messages at once; use 1 to " + MOST_AT_ONCE);
        }
    }

    private interface Act<T> {
        T run(Connection connection) throws SQLException;
    }

    private <T> T act(Act<T> act) throws SQLException {
        try (BoundedConnection bounded = connections.open()) {
            Connection connection = bounded.connection();
            return OwnTransaction.on(connection, () -> {
                try (Statement settle = connection.createStatement()) {
                    settle.execute("set transaction isolation level read committed;" + UpkeepStatements.SETTLE);
                }
                return act.run(connection);
            });
        } catch (SQLException failure) {
            String ddl = Ddl.of(Outbox.class, "entente_outbox.postgres.sql");
            throw OutboxUnusable.translate(failure, "entente_outbox", "Outbox.createTables(dataSource)", ddl);
        }
    }
}
