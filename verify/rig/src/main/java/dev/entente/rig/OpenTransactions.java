package dev.entente.rig;

import dev.entente.v1.Transaction;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;

/**
 * The unfinished transactions in the coordinators' database, which is complete while no coordinator runs.
 *
 * @param byState the number of transactions per durable state, such as {@code UNDOING}
 */
public record OpenTransactions(Map<String, Long> byState) {
    /** Reads the transactions from that database. Blocks. */
    public static OpenTransactions read(SqlDatabase database) throws SQLException {
        Map<String, Long> byState = new TreeMap<>();
        var _ = database.rows(
                row -> byState.put(Transaction.State.forNumber(row.getInt(1)).name(), row.getLong(2)),
                "select state, count(*) from open_transaction group by state");
        return new OpenTransactions(byState);
    }

    public long total() {
        return byState.values().stream().mapToLong(Long::longValue).sum();
    }
}
