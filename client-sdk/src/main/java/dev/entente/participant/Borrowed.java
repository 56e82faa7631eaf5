package dev.entente.participant;

import dev.entente.jdbc.BorrowedConnection;
import dev.entente.jdbc.CallersTransaction;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;

/** Borrows connections for transactions of the SDK's own. */
final class Borrowed {
    private Borrowed() {}

    /**
     * Borrows a connection on which no transaction is open.
     *
     * @throws BarrierUnusable ENT-096 inside a transaction of the caller
     */
    static BorrowedConnection from(DataSource dataSource, Duration longestAnswer) throws SQLException {
        if (CallersTransaction.isOnThread()) {
            throw BarrierUnusable.insideTransaction();
        }
        BorrowedConnection borrowed = BorrowedConnection.from(dataSource, longestAnswer);
        try {
            if (CallersTransaction.isOpenOn(borrowed.connection())) {
                throw BarrierUnusable.insideTransaction();
            }
            return borrowed;
        } catch (SQLException | RuntimeException refused) {
            borrowed.close();
            throw refused;
        }
    }
}
