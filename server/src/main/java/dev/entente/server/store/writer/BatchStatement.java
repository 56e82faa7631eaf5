package dev.entente.server.store.writer;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;

/**
 * One kind of statement of a batch: collects its operations in columns, and reads the result. All its operations run as
 * one statement over arrays. A statement without result rows reads nothing.
 *
 * <p>Every statement is keyed by {@code gid = any(…)} and joined to its arrays by hash only (the writer's connection
 * forbids other joins). A join by the key that is planned while the table is empty would become a scan of the complete
 * index, permanently.
 */
abstract class BatchStatement {
    final BatchColumns columns = new BatchColumns();

    /** Returns the text, with {@code ?} for the parameters, in the order of {@link #bind}. */
    abstract String sql();

    /** Returns whether the batch has no operation for this statement. */
    final boolean isEmpty() {
        return columns.isEmpty();
    }

    void clear() {
        columns.clear();
    }

    abstract void bind(Parameters parameters, long incarnation) throws SQLException;

    /**
     * Reads the result, by default nothing. Only rows that prove a write may mark it as applied, so each kind defines
     * what its rows prove.
     *
     * @param byGid the batch: at most one operation per gid
     */
    void read(ResultSet rows, Map<String, Pending> byGid) throws SQLException {}

    /** Marks the operations with the gids in the first column as applied. */
    static void markApplied(ResultSet rows, Map<String, Pending> byGid) throws SQLException {
        while (rows.next()) {
            Pending pending = byGid.get(rows.getString(1));
            if (pending != null) {
                pending.applied();
            }
        }
    }
}
