package dev.entente.bench.service;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
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

    static void update(Connection connection, String sql, String argument) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, argument);
            statement.executeUpdate();
        }
    }

    static void execute(DataSource database, String sql) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
