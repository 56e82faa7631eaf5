package dev.entente.bench.service;

import dev.entente.rig.AskedDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/** Statements in few words. */
final class Sql {
    private Sql() {}

    /** Statements of one transaction. */
    interface Body {
        void run(Connection connection) throws SQLException;
    }

    static void inTransaction(DataSource database, Body body) throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            body.run(connection);
            connection.commit();
        }
    }

    static void update(Connection connection, String sql, Object... arguments) throws SQLException {
        var _ = AskedDatabase.update(connection, sql, arguments);
    }

    static void execute(DataSource database, String sql) throws SQLException {
        try (Connection connection = database.getConnection()) {
            update(connection, sql);
        }
    }
}
