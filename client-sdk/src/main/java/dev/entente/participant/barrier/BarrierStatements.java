package dev.entente.participant.barrier;

import dev.entente.wire.BarrierRows;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/**
 * The statements of the barrier, in the SQL of one database. Each works within the connection's current transaction.
 * Thread-safe.
 *
 * <p>Whoever claims a key inserts it. The insert waits while another transaction holds the key uncommitted. Then it
 * succeeds, because the other was rolled back, or it does not, because the other was committed; the select after it
 * sees the committed row. So of two calls exactly one runs, whatever the interleaving.
 */
public sealed interface BarrierStatements permits PostgresBarrier, MariaBarrier {
    /** Returns what creates the table. */
    String ddl();

    /** Returns what sets that savepoint among the statements of a claim; empty where it is a statement of its own. */
    String savepoint(String name);

    /**
     * Inserts the keys of a call's operation, as far as they are free, and reads them. For an undo or a completion, the
     * forward operation's key is one of them.
     *
     * @param wait for another call of the branch; MariaDB counts whole seconds
     * @param savepoint what {@link #savepoint} returned; it comes behind a forward operation's claim, and before others
     */
    ClaimedKeys claim(Connection connection, BarrierKey key, Duration wait, String savepoint) throws SQLException;

    /**
     * Stores the answer of an operation that came to its end. A row without one was committed by its body.
     *
     * @return false if the body ended the transaction
     */
    boolean storeResponse(Connection connection, BarrierKey key, byte[] response, String tried) throws SQLException;

    /**
     * Tells whether a body's failure says that the database has rolled back all of its transaction, so that nothing is
     * left to take back.
     */
    boolean isAllRolledBackBy(Connection connection, BarrierKey key, SQLException failure) throws SQLException;

    /** Turns the forward key that this transaction claimed into a verdict. */
    void storeRejection(Connection connection, BarrierKey key, String code, String detail) throws SQLException;

    /**
     * Stores a verdict in a transaction that claimed nothing, unless the key is taken by then.
     *
     * @return the verdict that stands
     */
    BarrierVerdict rejectAlone(Connection connection, BarrierKey key, Duration wait, String code, String detail)
            throws SQLException;

    /** Gives back the forward key that this transaction claimed. */
    void release(Connection connection, BarrierKey key) throws SQLException;

    /** Remembers that a coordinator with a higher fence asked for this operation again. */
    void raiseFence(Connection connection, BarrierKey key) throws SQLException;

    /** Deletes at most {@code limit} rows older than that, and returns how many. */
    int purge(Connection connection, Duration age, int limit) throws SQLException;

    /** Reads the rows after that key, in the order of the primary key; only of these gids, if any is given. */
    List<BarrierRows.Row> rows(Connection connection, BarrierRows.Key after, List<String> gids, int limit)
            throws SQLException;

    /** Counts the changes of this transaction so far; -1 where the database does not count them. */
    long changes(Connection connection) throws SQLException;

    /** Returns where else in the database there is a barrier that a call might reach; mostly empty. */
    String otherBarriers(Connection connection) throws SQLException;
}
