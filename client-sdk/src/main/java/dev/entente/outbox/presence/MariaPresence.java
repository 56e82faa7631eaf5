package dev.entente.outbox.presence;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;

/**
 * Statements that show which relays run, on MariaDB and MySQL. A relay holds the server's named lock ({@code GET_LOCK})
 * of its number, which ends with its session. A proxy that gives each transaction another session cannot be between.
 */
final class MariaPresence implements PresenceStatements {
    /** Names are the server's, not the database's; a number is random and of 63 bits. */
    private static final String NAME = "concat('entente_outbox_', ?)";

    private static final String LOCK =
            "select get_lock(" + NAME + ", 0) = 1," + " exists (select 1 from entente_outbox_relay where id = ?)";

    private static final String FREE_LOCKS =
            "select id from entente_outbox_relay where id <> ? and is_free_lock(concat('entente_outbox_', id)) = 1";

    /** A session that was ended by the database takes its locks along, and its transaction. */
    @Override
    public void begin(Connection connection, long idleMillis, long statementMillis) throws SQLException {
        try (PreparedStatement set = connection.prepareStatement("set session wait_timeout = ?")) {
            set.setLong(1, Math.max(1, idleMillis / 1000));
            set.execute();
        }
    }

    /** The connection may go back to a pool. */
    @Override
    public void end(Connection connection) throws SQLException {
        connection.rollback();
        try (Statement end = connection.createStatement()) {
            end.execute("do release_all_locks()");
            end.execute("set session wait_timeout = default");
        }
    }

    @Override
    public Lock lock(Connection connection, long relay) throws SQLException {
        Lock lock = ask(connection, relay);
        connection.commit(); // Each look has a snapshot of its own.
        return lock;
    }

    private static Lock ask(Connection connection, long relay) throws SQLException {
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
        List<Long> free = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(FREE_LOCKS)) {
            select.setLong(1, relay);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    free.add(rows.getLong(1));
                }
            }
        }
        List<Long> dead = new ArrayList<>();
        for (long each : free) {
            if (ask(connection, each).isOurs()) {
                dead.add(each);
            }
        }
        connection.commit();
        return dead;
    }

    @Override
    public void register(Connection connection, long relay) throws SQLException {
        String sql = "insert into entente_outbox_relay (id, started_at) values (?, utc_timestamp(6))"
                + " on duplicate key update id = id";
        try (PreparedStatement insert = connection.prepareStatement(sql)) {
            insert.setLong(1, relay);
            insert.executeUpdate();
        }
    }

    /** First the relay's row, which waits for a claim of his that is being committed; then what that claim named. */
    @Override
    public void free(Connection connection, Collection<Long> dead) throws SQLException {
        update(connection, "delete from entente_outbox_relay where id in ", dead);
        update(connection, "update entente_outbox set relay = null where relay in ", dead);
    }

    @Override
    public void deregister(Connection connection, long relay) throws SQLException {
        update(connection, "delete from entente_outbox_relay where id in ", List.of(relay));
    }

    private static void update(Connection connection, String sql, Collection<Long> relays) throws SQLException {
        String marks = "(" + String.join(",", Collections.nCopies(relays.size(), "?")) + ")";
        try (PreparedStatement update = connection.prepareStatement(sql + marks)) {
            int next = 1;
            for (long relay : relays) {
                update.setLong(next++, relay);
            }
            update.executeUpdate();
        }
    }
}
