package dev.entente.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.Function;

/**
 * Runs a body inside its caller's transaction, after the caller has set a savepoint. If the body throws, its work is
 * rolled back and the transaction can continue. On MariaDB a deadlock ends the complete transaction.
 */
public final class SavepointBody {
    private final Connection connection;
    private final String savepoint;
    private final Function<String, RuntimeException> ends;
    private final Function<SQLException, RuntimeException> ended;

    /** The statements that a body runs on its connection. */
    @FunctionalInterface
    public interface Body {
        /** Runs the statements, and neither commits nor rolls back. */
        void run(Connection connection) throws SQLException;
    }

    /**
     * Prepares one run of a body.
     *
     * @param savepoint the name of the savepoint that is already set
     * @param ends makes the exception for a method that the body must not call, such as {@code commit()}
     * @param ended makes the exception for a body that ended the transaction by a statement
     */
    public SavepointBody(
            Connection connection,
            String savepoint,
            Function<String, RuntimeException> ends,
            Function<SQLException, RuntimeException> ended) {
        this.connection = connection;
        this.savepoint = savepoint;
        this.ends = ends;
        this.ended = ended;
    }

    /**
     * Runs the body and releases the savepoint.
     *
     * @throws SQLException of the body, or if the body ignored the failure of one of its statements
     */
    public void run(Body body) throws SQLException {
        try {
            body.run(BodyConnection.of(connection, ends));
        } catch (Throwable failure) {
            takeBack(failure);
            throw failure;
        }
        keep();
    }

    /** Releases the savepoint. If the release fails, no work after the savepoint can be committed. */
    private void keep() throws SQLException {
        try (Statement release = connection.createStatement()) {
            release.execute("release savepoint " + savepoint);
        } catch (SQLException failure) {
            if (SqlCondition.TRANSACTION_ENDED.matchesFailure(failure)) {
                throw ended.apply(failure);
            }
            SQLException explained = SqlCondition.explained(failure);
            takeBack(explained);
            throw explained;
        }
    }

    private void takeBack(Throwable failure) throws SQLException {
        if (isAllRolledBack(failure)) {
            return;
        }
        try (Statement rollback = connection.createStatement()) {
            rollback.execute("rollback to savepoint " + savepoint);
        } catch (SQLException broken) {
            if (SqlCondition.TRANSACTION_ENDED.matchesFailure(broken)) {
                RuntimeException reported = ended.apply(broken);
                reported.addSuppressed(failure);
                throw reported;
            }
            failure.addSuppressed(broken);
        }
    }

    /** Returns whether MariaDB rolled back the complete transaction, with the caller's work, because of a deadlock. */
    private boolean isAllRolledBack(Throwable failure) throws SQLException {
        return failure instanceof SQLException lost
                && SqlCondition.TRANSACTION_CONFLICT.matchesFailure(lost)
                && Dialect.of(connection) == Dialect.MARIADB;
    }
}
