package dev.entente.participant;

import dev.entente.jdbc.OwnTransaction;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Transactions of {@link XaParticipant} in which no body runs. They are READ COMMITTED whatever the database's default
 * is: keys and names settle them. At SERIALIZABLE a prepared transaction, which can no longer be rolled back itself,
 * would have them rolled back for as long as it stands, so that a pre-commit would wait for the commit that waits for
 * it.
 */
final class XaTransaction {
    private XaTransaction() {}

    /** Runs and commits the work. */
    static <T> T on(Connection connection, OwnTransaction.Work<T> work) throws SQLException {
        return OwnTransaction.on(connection, () -> atReadCommitted(connection, work));
    }

    /** As {@link #on}; repeats it as {@link LostRaces} does. */
    static <T> T repeated(Connection connection, Branch branch, OwnTransaction.Work<T> work) throws SQLException {
        return LostRaces.repeat(connection, branch, () -> atReadCommitted(connection, work));
    }

    private static <T> T atReadCommitted(Connection connection, OwnTransaction.Work<T> work) throws SQLException {
        try (Statement set = connection.createStatement()) {
            set.execute("set transaction isolation level read committed");
        }
        return work.run();
    }
}
