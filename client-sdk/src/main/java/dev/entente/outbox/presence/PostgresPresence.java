package dev.entente.outbox.presence;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Statements that show which relays run, on PostgreSQL. A relay holds the advisory lock of its number in a transaction
 * that writes nothing and stays open: so the lock ends with the relay's session and with nothing else, no clock is
 * asked, and a pooler that gives each transaction another session is no obstacle. Between its statements that
 * transaction has no snapshot, so it holds up no vacuum.
 */
final class PostgresPresence implements PresenceStatements {
    /** A snapshot for each statement, whatever the data source's default; and limits of this transaction alone. */
    private static final String BEGIN = """
        set transaction isolation level read committed;
        select set_config('transaction_timeout', '0', true)
        where current_setting('transaction_timeout', true) is not null;
        select set_config('idle_in_transaction_session_timeout', ?, true), set_config('statement_timeout', ?, true)
        """;

    private static final String LOCK =
            "select pg_try_advisory_xact_lock(?), exists (select from entente_outbox_relay where id = ?)";

    private static final String DEAD =
            "select id from entente_outbox_relay where id <> ? and pg_try_advisory_xact_lock(id)";

    private static final String REGISTER =
            "insert into entente_outbox_relay (id) values (?) on conflict (id) do nothing";

    /** First the relay's row, which waits for a claim of his that is being committed; then what that claim named. */
    private static final String DEREGISTER = "delete from entente_outbox_relay where id = any (?)";

    private static final String FREE = "update entente_outbox set relay = null where relay = any (?)";

    @Override
    public void begin(Connection connection, long idleMillis, long statementMillis) throws SQLException {
        try (PreparedStatement begin = connection.prepareStatement(BEGIN)) {
            begin.setString(1, idleMillis + "ms");
            begin.setString(2, statementMillis + "ms");
            begin.execute();
        }
    }

    /** Ends the transaction, and with it what was set and locked. */
    @Override
    public void end(Connection connection) throws SQLException {
        connection.rollback();
    }

    @Override
    public Lock lock(Connection connection, long relay) throws SQLException {
        try (PreparedStatement lock = connection.prepareStatement(LOCK)) {
            lock.setLong(1, relay);
            lock.setLong(2, relay);
            try (ResultSet row = lock.executeQuery()) {
                row.next();
                return new Lock(row.getBoolean(1), row.getBoolean(2));
            }
        }
    }

    @Override
    public List<Long> dead(Connection connection, long relay) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(DEAD)) {
            select.setLong(1, relay);
            try (ResultSet rows = select.executeQuery()) {
                List<Long> dead = new ArrayList<>();
                while (rows.next()) {
                    dead.add(rows.getLong(1));
                }
                return dead;
            }
        }
    }

    @Override
    public void register(Connection connection, long relay) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(REGISTER)) {
            insert.setLong(1, relay);
            insert.executeUpdate();
        }
    }

    @Override
    public void free(Connection connection, Collection<Long> dead) throws SQLException {
        update(connection, DEREGISTER, dead);
        update(connection, FREE, dead);
    }

    @Override
    public void deregister(Connection connection, long relay) throws SQLException {
        update(connection, DEREGISTER, List.of(relay));
    }

    private static void update(Connection connection, String sql, Collection<Long> relays) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(sql)) {
            update.setArray(1, connection.createArrayOf("bigint", relays.toArray()));
            update.executeUpdate();
        }
    }
}
