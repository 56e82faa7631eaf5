package dev.entente.server.store.writer;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The server process of a connection.
 *
 * @param start the start time as the server prints it, because process ids are reused
 */
record BackendProcess(int pid, String start) {

    static BackendProcess of(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "select pid, extract(epoch from backend_start)::text from pg_stat_activity where pid ="
                                + " pg_backend_pid()")) {
            row.next();
            return new BackendProcess(row.getInt(1), row.getString(2));
        }
    }

    /**
     * Ends the process if it still runs. Returns whether it has ended: repeat the call until it has.
     *
     * @param other a connection of the same user
     */
    boolean isGone(Connection other) throws SQLException {
        try (PreparedStatement statement = other.prepareStatement("""
            select pg_terminate_backend(pid) from pg_stat_activity
            where pid = ? and extract(epoch from backend_start)::text = ?\
            """)) {
            statement.setInt(1, pid);
            statement.setString(2, start);
            try (ResultSet rows = statement.executeQuery()) {
                return !rows.next();
            }
        }
    }
}
