package dev.entente.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A statement of a body that failed without the body saying so. On PostgreSQL the transaction can only be rolled back
 * then; its COMMIT is no error, though, but a rollback of which nobody hears. So whoever runs a body runs one statement
 * of its own behind it: that one fails.
 */
public final class SwallowedFailure {
    private static final String IN_FAILED_SQL_TRANSACTION = "25P02";

    private SwallowedFailure() {}

    /**
     * Asks the database whether the connection's transaction can still be committed.
     *
     * @throws SQLException if it cannot
     */
    public static void refuse(Connection connection) throws SQLException {
        try (Statement select = connection.createStatement()) {
            select.execute("select 1");
        } catch (SQLException failure) {
            throw explained(failure);
        }
    }

    /** That failure of the statement behind the body; with the way out, where it tells of an earlier one. */
    public static SQLException explained(SQLException failure) {
        return IN_FAILED_SQL_TRANSACTION.equals(failure.getSQLState())
                ? new SQLException(
                        "a statement of the body failed and the body went on, so PostgreSQL keeps nothing of this"
                                + " transaction; let the exception pass, set a savepoint before what may fail, or say"
                                + " on conflict do nothing",
                        IN_FAILED_SQL_TRANSACTION,
                        failure)
                : failure;
    }
}
