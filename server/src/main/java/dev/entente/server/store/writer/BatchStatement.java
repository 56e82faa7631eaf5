package dev.entente.server.store.writer;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;

/**
 * One kind of statement of a batch: gathers its operations in columns, and reads what came back. All its operations run
 * as one statement over arrays. One that returns no rows reads none.
 *
 * <p>Every statement is keyed by {@code gid = any(…)} and joined to its arrays by hash only (the writer's connection
 * forbids other joins): planned while the table is momentarily empty, a join by the key would become a scan of the
 * whole index, and stay so.
 */
abstract class BatchStatement {
    /** The columns that it gathers. */
    final BatchColumns columns = new BatchColumns();

    /** The text, with {@code ?} for the parameters, in the order of {@link #bind}. */
    abstract String sql();

    /** Tells whether the batch holds nothing for it. */
    final boolean isEmpty() {
        return columns.isEmpty();
    }

    void clear() {
        columns.clear();
    }

    abstract void bind(Parameters parameters, long incarnation) throws SQLException;

    /**
     * Reads nothing, unless the kind says otherwise. Only rows that prove a write may mark it as applied, so each kind
     * says for itself what its rows prove.
     *
     * @param byGid the batch: no two operations on one gid
     */
    void read(ResultSet rows, Map<String, Pending> byGid) throws SQLException {}

    /** Marks each operation as applied whose gid is in the first column. */
    static void markApplied(ResultSet rows, Map<String, Pending> byGid) throws SQLException {
        while (rows.next()) {
            Pending pending = byGid.get(rows.getString(1));
            if (pending != null) {
                pending.applied();
            }
        }
    }
}
