package dev.entente.rig;

import dev.entente.v1.Transaction;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.TreeMap;

/**
 * The unfinished transactions in the coordinators' database, which is the truth while no coordinator runs.
 *
 * @param byState how many by the state that is durable, such as {@code UNDOING}
 */
public record OpenTransactions(Map<String, Long> byState) {
    /** Reads them over a connection to that database. Blocks. */
    public static OpenTransactions read(Connection database) throws SQLException {
        Map<String, Long> byState = new TreeMap<>();
        try (Statement statement = database.createStatement();
                ResultSet rows =
                        statement.executeQuery("select state, count(*) from open_transaction group by state")) {
            while (rows.next()) {
                byState.put(Transaction.State.forNumber(rows.getInt(1)).name(), rows.getLong(2));
            }
        }
        return new OpenTransactions(byState);
    }

    public long total() {
        return byState.values().stream().mapToLong(Long::longValue).sum();
    }

    /** How many are in that state. */
    public long in(String state) {
        return byState.getOrDefault(state, 0L);
    }
}
