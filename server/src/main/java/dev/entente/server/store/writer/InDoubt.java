package dev.entente.server.store.writer;

import dev.entente.server.store.DatabaseFault;
import dev.entente.server.store.StoredTransaction;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;

/**
 * Determines the result of a batch without a commit response. First the old backend must end, because it might commit
 * after the check. Then each gid is read, open before finished, and {@link InDoubtResult} compares the row with the
 * effect of the batch.
 */
final class InDoubt {
    private final Connection connection;
    private final long incarnation;

    InDoubt(WriterConnection connection, long incarnation) {
        this.connection = connection.jdbc();
        this.incarnation = incarnation;
    }

    /** Ends the backend if it still runs. Returns whether it has ended: repeat the call until it has. */
    boolean isGone(BackendProcess backend) throws SQLException {
        return backend.isGone(connection);
    }

    /** Marks the written operations, and returns the unwritten ones, which must be sent again. */
    List<Pending> settle(List<Pending> operations) throws SQLException {
        Map<String, StoredTransaction> rows =
                read(operations.stream().map(Pending::gid).distinct().toList());
        awaitReplication();
        List<Pending> again = new ArrayList<>();
        for (Pending pending : operations) {
            if (!isSettled(pending, new InDoubtResult(rows.get(pending.gid()), incarnation))) {
                again.add(pending);
            }
        }
        return again;
    }

    private static boolean isSettled(Pending pending, InDoubtResult inDoubtResult) {
        return switch (pending) {
            case Pending.Accept accept -> accept.settle(inDoubtResult);
            case Pending.Write write -> write.settle(inDoubtResult);
            case Pending.Register register -> register.settle(inDoubtResult);
        };
    }

    /**
     * Reads open rows first: rows move from open to finished, so no row is missed. A row in both results has finished
     * meanwhile.
     */
    private Map<String, StoredTransaction> read(List<String> gids) throws SQLException {
        Map<String, StoredTransaction> found = new HashMap<>();
        Handle handle = Jdbi.open(connection);
        try {
            Reads.open(handle, gids).forEach(row -> found.put(row.gid(), row));
            Reads.finished(handle, gids).forEach(row -> found.put(row.gid(), row));
            return found;
        } catch (JdbiException unread) {
            SQLException databases = DatabaseFault.databases(unread);
            throw databases == null ? new SQLException(unread) : databases;
        }
    }

    /**
     * Waits for replication. A commit that waits for a standby and loses its link is visible without being replicated.
     * One more commit without a warning covers it, because the log is sequential.
     */
    private void awaitReplication() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("select pg_logical_emit_message(true, 'entente', '')");
            WriterConnection.requireCertain(statement);
        }
    }
}
