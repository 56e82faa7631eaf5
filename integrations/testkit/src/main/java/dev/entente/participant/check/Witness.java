package dev.entente.participant.check;

import dev.entente.jdbc.Sql;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;

/**
 * Reads the effects of a participant. The rows must contain the business facts, and nothing that differs between calls:
 * balances and counts, no ids and no times.
 */
@FunctionalInterface
public interface Witness {
    /** Returns the present state as lines, in any fixed order. Blocks. */
    List<String> look() throws SQLException;

    /** Runs {@code query} on a read-only connection each time; rows are compared as a set with duplicates. */
    static Witness query(DataSource database, String query) {
        return () -> {
            try (Connection connection = database.getConnection()) {
                connection.setReadOnly(true);
                connection.setAutoCommit(false);
                try {
                    return Sql.on(connection).query(query, Witness::line).stream()
                            .sorted()
                            .toList();
                } finally {
                    connection.rollback();
                }
            }
        };
    }

    private static String line(ResultSet row) throws SQLException {
        StringBuilder line = new StringBuilder();
        for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
            line.append(i == 1 ? "" : ", ").append(row.getString(i));
        }
        return line.toString();
    }
}
