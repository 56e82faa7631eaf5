package dev.entente.outbox;

import dev.entente.outbox.presence.PresenceStatements;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The outbox's statements on PostgreSQL. Its tests look at the plans of those that every message runs.
 *
 * <p><b>Order.</b> Transactions that enqueue for one key pass one at a time (an advisory lock until their end), so
 * positions within a key are in the order of commits, and whoever sees one sees all before it.
 *
 * <p><b>Waiting.</b> A message behind others of its key is not due, or else relays would read a blocked key's whole
 * queue again with each claim. No row is locked for that, so nobody who delivers waits for the transaction: the one
 * ahead may be gone at the commit, and whoever took it away looks again then ({@link TurnStatements}). A transaction
 * that goes on with an old snapshot may see one ahead that left before it got the key's lock, so its message is due in
 * any case.
 */
final class PostgresOutbox implements OutboxStatements {
    static final String CHANNEL = "entente_outbox";

    private static final String WAKE = "select pg_notify('" + CHANNEL + "', '');";
    private static final String COLUMNS =
            "insert into entente_outbox (id, kind, address, method, destination, headers, payload, ordering_key,"
                    + " due_at)";
    private static final String INSERT = COLUMNS + " values (?, ?, ?, ?, ?, ?, ?, null, now());";
    private static final String LOCK_KEY = "select pg_advisory_xact_lock(hashtext('entente_outbox'), hashtext(?));";
    static final String INSERT_KEYED = COLUMNS + """
         select ?, ?, ?, ?, ?, ?, ?, ?, case when current_setting('transaction_isolation') = 'read committed'
          and exists (select from entente_outbox ahead where ahead.ordering_key = ?) then null else now() end;
        """;

    /** As in {@link UpkeepStatements#SETTLE}: for this transaction, and for the same reasons. */
    private static final String BEGIN = """
        set transaction isolation level read committed;
        select set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
          set_config('statement_timeout', ?, true), set_config('idle_in_transaction_session_timeout', ?, true);
        """ + PresenceStatements.IS_REGISTERED;

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

    @Override
    public PresenceStatements presence() {
        return PresenceStatements.POSTGRES;
    }

    @Override
    public boolean notifies() {
        return true;
    }

    @Override
    public void enqueue(Connection connection, OutboxMessage message, String id, boolean wakesRelays)
            throws SQLException {
        String key = message.key();
        String sql = (key == null ? INSERT : LOCK_KEY + INSERT_KEYED) + (wakesRelays ? WAKE : "");
        try (PreparedStatement insert = connection.prepareStatement(sql)) {
            int next = 1;
            if (key != null) {
                insert.setString(next++, key);
            }
            insert.setString(next++, id);
            insert.setString(next++, message.carrier());
            insert.setString(next++, message.address());
            insert.setString(next++, message.method());
            insert.setString(next++, message.destination());
            insert.setArray(
                    next++,
                    connection.createArrayOf("text", message.headerWords().toArray()));
            insert.setBytes(next++, message.payload().toByteArray());
            if (key != null) {
                insert.setString(next++, key);
                insert.setString(next, key);
            }
            insert.execute();
        }
    }

    @Override
    public boolean begin(Connection connection, long relay, Duration longest) throws SQLException {
        try (PreparedStatement begin = connection.prepareStatement(BEGIN)) {
            begin.setString(1, longest.toMillis() + "ms");
            begin.setString(2, longest.toMillis() + "ms");
            begin.setLong(3, relay);
            begin.execute();
            begin.getMoreResults(); // of the settings
            begin.getMoreResults();
            try (ResultSet row = begin.getResultSet()) {
                return row.next();
            }
        }
    }

    @Override
    public void beginAct(Connection connection) throws SQLException {
        execute(connection, "set transaction isolation level read committed;" + UpkeepStatements.SETTLE);
    }

    @Override
    public void letGo(Connection connection) throws SQLException {
        execute(connection, "set local synchronous_commit = off");
    }

    @Override
    public List<ClaimStatements.Due> due(Connection connection, Map<String, Integer> rooms, int roomElsewhere)
            throws SQLException {
        return ClaimStatements.due(connection, rooms, roomElsewhere);
    }

    @Override
    public List<Claimed> take(Connection connection, long relay, Collection<String> ids) throws SQLException {
        return ClaimStatements.take(connection, relay, ids);
    }

    @Override
    public List<Claimed> followers(Connection connection, List<Claimed> first, int limit) throws SQLException {
        return ClaimStatements.followers(connection, first, limit);
    }

    @Override
    public void makeOthersWait(Connection connection, Collection<String> keys) throws SQLException {
        TurnStatements.makeOthersWait(connection, keys);
    }

    @Override
    public boolean passOn(Connection connection, Collection<String> keys) throws SQLException {
        return TurnStatements.passOn(connection, keys);
    }

    @Override
    public boolean recheck(Connection connection) throws SQLException {
        return TurnStatements.recheck(connection);
    }

    @Override
    public void gone(Connection connection, long relay, Collection<String> ids, SettleStatements.End end)
            throws SQLException {
        SettleStatements.gone(connection, relay, ids, end);
    }

    @Override
    public void failed(Connection connection, long relay, List<SettleStatements.Failed> failures) throws SQLException {
        SettleStatements.failed(connection, relay, failures);
    }

    @Override
    public void giveBack(Connection connection, long relay, Collection<String> ids) throws SQLException {
        SettleStatements.giveBack(connection, relay, ids);
    }

    @Override
    public Backlog backlog(Connection connection) throws SQLException {
        return UpkeepStatements.backlog(connection);
    }

    @Override
    public int purge(Connection connection, Duration age, int limit) throws SQLException {
        return UpkeepStatements.purge(connection, age, limit);
    }

    @Override
    public Duration untilNextDue(Connection connection, Duration longest) throws SQLException {
        return UpkeepStatements.untilNextDue(connection, longest);
    }

    @Override
    public List<ParkedMessage> parked(Connection connection, int limit) throws SQLException {
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
    }

    @Override
    public boolean retry(Connection connection, String id) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(RETRY)) {
            update.setString(1, id);
            return update.executeUpdate() == 1;
        }
    }

    @Override
    public int retryAll(Connection connection, int limit) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(RETRY_ALL)) {
            update.setInt(1, limit);
            return update.executeUpdate();
        }
    }

    @Override
    public Optional<ParkedMessages.Locked> lockParked(Connection connection, String id) throws SQLException {
        try (PreparedStatement lock = connection.prepareStatement(LOCK)) {
            lock.setString(1, id);
            try (ResultSet row = lock.executeQuery()) {
                return row.next() ? Optional.of(new ParkedMessages.Locked(row.getString(1))) : Optional.empty();
            }
        }
    }

    @Override
    public void wake(Connection connection) throws SQLException {
        try (PreparedStatement notify = connection.prepareStatement("select pg_notify(?, '')")) {
            notify.setString(1, CHANNEL);
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

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
