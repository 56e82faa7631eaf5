package dev.entente.server.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The identity of a database and of its history. A promoted standby has the same system identifier and a new timeline.
 *
 * @param systemIdentifier created at initdb
 * @param timeline grows with each promotion
 */
public record ClusterIdentity(long systemIdentifier, long timeline) {

    /**
     * The SQL for the timeline at the current write position of the WAL. The control file contains the old timeline for
     * a while after a promotion.
     */
    public static final String TIMELINE =
            "('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint";

    /** The functions that {@link #of} calls, in the syntax of SQL's {@code grant}. */
    static final String FUNCTIONS = "pg_control_system(), pg_current_wal_lsn(), pg_walfile_name(pg_lsn)";

    /**
     * Reads the identity.
     *
     * @throws SQLException also on a standby, which writes no log
     */
    public static ClusterIdentity of(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("select system_identifier, " + TIMELINE + " from pg_control_system()")) {
            row.next();
            return new ClusterIdentity(row.getLong(1), row.getLong(2));
        }
    }

    @Override
    public String toString() {
        return "system " + systemIdentifier + ", timeline " + timeline;
    }
}
