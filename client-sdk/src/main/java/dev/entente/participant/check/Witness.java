package dev.entente.participant.check;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import javax.sql.DataSource;

/**
 * Looks at what the participant has done. The rows must say what the business cares for, and nothing that differs from
 * call to call: balances and counts, no ids and no times.
 */
@FunctionalInterface
public interface Witness {
    /** Returns the present state as lines, in any fixed order. Blocks. */
    List<String> look() throws SQLException;

    /** Asks {@code query} on a read-only connection each time; rows are compared as a set with duplicates. */
    static Witness query(DataSource database, String query) {
        return () -> {
            try (Connection connection = database.getConnection()) {
                connection.setReadOnly(true);
                connection.setAutoCommit(false);
                try (Statement statement = connection.createStatement();
                        ResultSet rows = statement.executeQuery(query)) {
                    return read(rows);
                } finally {
                    connection.rollback();
                }
            }
        };
    }

    private static List<String> read(ResultSet rows) throws SQLException {
        int columns = rows.getMetaData().getColumnCount();
        List<String> all = new ArrayList<>();
        while (rows.next()) {
            StringBuilder row = new StringBuilder();
            for (int i = 1; i <= columns; i++) {
                row.append(i == 1 ? "" : ", ").append(rows.getString(i));
            }
            all.add(row.toString());
        }
        Collections.sort(all);
        return all;
    }
}
