package dev.entente.participant;

import dev.entente.jdbc.CallersTransaction;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/** Borrows connections for transactions of the SDK's own. */
final class Borrowed {
    private Borrowed() {}

    /**
     * Borrows a connection on which no transaction is open.
     *
     * @throws BarrierUnusable ENT-096 inside a transaction of the caller
     */
    static Connection from(DataSource dataSource) throws SQLException {
        if (CallersTransaction.isOnThread()) {
            throw BarrierUnusable.insideTransaction();
        }
        Connection connection = dataSource.getConnection();
        try {
            if (CallersTransaction.isOpenOn(connection)) {
                throw BarrierUnusable.insideTransaction();
            }
            return connection;
        } catch (SQLException | RuntimeException refused) {
            connection.close();
            throw refused;
        }
    }
}
