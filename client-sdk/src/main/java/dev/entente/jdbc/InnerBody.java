package dev.entente.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.Function;

/**
 * Runs a body inside its caller's transaction, behind a savepoint that was set before. If the body throws, what was
 * done since is taken back, and the transaction can go on; on MariaDB a deadlock ends all of the transaction.
 */
public final class InnerBody {
    private final Connection connection;
    private final String savepoint;
    private final Function<String, RuntimeException> ends;
    private final Function<SQLException, RuntimeException> ended;

    /** Statements on the connection that a body is given. */
    @FunctionalInterface
    public interface Body {
        /** Runs them, neither committing nor rolling back. */
        void run(Connection connection) throws SQLException;
    }

    /**
     * Belongs to one run.
     *
     * @param savepoint the name of the one that was set
     * @param ends makes the exception for a method that the body must not call, such as {@code commit()}
     * @param ended makes the exception for a body that ended the transaction by a statement
     */
    public InnerBody(
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
     * Runs it, and releases the savepoint.
     *
     * @throws SQLException of the body, or where a statement of it failed and it went on
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

    /** A savepoint that cannot be released tells that nothing since it can be committed. */
    private void keep() throws SQLException {
        try (Statement release = connection.createStatement()) {
            release.execute("release savepoint " + savepoint);
        } catch (SQLException failure) {
            if (SqlCondition.TRANSACTION_ENDED.isShownBy(failure)) {
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
            if (SqlCondition.TRANSACTION_ENDED.isShownBy(broken)) {
                RuntimeException told = ended.apply(broken);
                told.addSuppressed(failure);
                throw told;
            }
            failure.addSuppressed(broken);
        }
    }

    /** A deadlock's victim on MariaDB has lost its transaction, with the savepoint and with what its caller did. */
    private boolean isAllRolledBack(Throwable failure) throws SQLException {
        return failure instanceof SQLException lost
                && SqlCondition.LOST_RACE.isShownBy(lost)
                && Dialect.of(connection) == Dialect.MARIADB;
    }
}
