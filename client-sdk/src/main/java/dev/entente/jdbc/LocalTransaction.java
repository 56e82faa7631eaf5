package dev.entente.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/**
 * A service's own transaction of one message. The work and its mark are committed together, or neither is committed.
 *
 * @param <T> the result of the body
 * @param <X> the exception of the body
 */
public final class LocalTransaction<T, X extends Exception> {
    private final String gid;
    private final DataSource dataSource;
    private final Work<T, X> body;
    private boolean hasBegun;

    /**
     * The service's statements.
     *
     * @param <T> the result
     * @param <X> the exception
     */
    @FunctionalInterface
    public interface Work<T, X extends Exception> {
        /** Runs the statements on this connection, and neither commits nor rolls back. */
        T run(Connection connection) throws X;
    }

    /**
     * Describes a transaction that has not run yet.
     *
     * @param gid the message's id, which is also the gid of the mark
     */
    public LocalTransaction(String gid, DataSource dataSource, Work<T, X> body) {
        this.gid = gid;
        this.dataSource = dataSource;
        this.body = body;
    }

    /** Thrown if this call certainly committed nothing. */
    public static final class RolledBack extends Exception {
        private static final long serialVersionUID = 1;
        private final transient LocalTransactionMark.Found found;

        RolledBack(LocalTransactionMark.Found found) {
            super(found.name());
            this.found = found;
        }

        /** Returns the state of the mark that caused the rollback. */
        public LocalTransactionMark.Found found() {
            return found;
        }
    }

    /** Thrown if the commit failed without a clear result: the commit may have happened. */
    public static final class Unanswered extends Exception {
        private static final long serialVersionUID = 1;

        /** @param failure the exception of the commit */
        Unanswered(Throwable failure) {
            super(failure.getMessage(), failure);
        }
    }

    /**
     * Runs and commits the transaction. Blocks.
     *
     * @throws RolledBack if the mark already existed
     * @throws Unanswered if the result of the commit is unknown: it may have happened
     * @throws X of the body; nothing was committed
     * @throws SQLException of the database before the commit, or because it rolled the commit back for a conflict (such
     *     as 40001); nothing was committed
     */
    public T run() throws RolledBack, Unanswered, SQLException, X {
        BorrowedConnection borrowed = BorrowedConnection.from(dataSource, BorrowedConnection.LONGEST_ANSWER);
        Connection connection = borrowed.connection();
        hasBegun = true;
        try {
            connection.setAutoCommit(false);
            T result = work(connection);
            commit(connection);
            return result;
        } finally {
            close(borrowed);
        }
    }

    /** Returns whether a connection was available to run the transaction. */
    public boolean hasBegun() {
        return hasBegun;
    }

    /** Commits. A commit that fails with SQLSTATE class 40, except 40003, certainly did not happen. */
    private static void commit(Connection connection) throws Unanswered, SQLException {
        try {
            connection.commit();
        } catch (Throwable unanswered) {
            if (unanswered instanceof SQLException lost && OwnTransaction.isRollback(lost)) {
                rollback(connection, lost);
                throw lost;
            }
            // after any other failure, an Error too, the commit may have happened; the message must then not be aborted
            throw new Unanswered(unanswered);
        }
    }

    private T work(Connection connection) throws RolledBack, SQLException, X {
        try {
            LocalTransactionMark.Found found = LocalTransactionMark.commit(connection, gid);
            if (found != LocalTransactionMark.Found.OURS) {
                throw new RolledBack(found);
            }
            T result = body.run(BodyConnection.of(connection, LocalTransaction::bodyEnds));
            LocalTransactionMark.require(connection, gid);
            return result;
        } catch (Throwable failure) {
            rollback(connection, failure);
            throw failure;
        }
    }

    /** @param how the call of the body, such as {@code commit()}; the call was refused */
    private static IllegalStateException bodyEnds(String how) {
        return new IllegalStateException("ENT-097: the body called " + how + " on the given connection; runAndSubmit"
                + " ends the transaction, which contains the message's mark; remove this call from the body");
    }

    private static void rollback(Connection connection, Throwable failure) {
        try {
            connection.rollback();
        } catch (SQLException broken) {
            failure.addSuppressed(broken); // the database rolls back a transaction that loses its connection
        }
    }

    /**
     * Restores and returns the connection. Ignores a failure, because an exception would abort the message although the
     * transaction has ended or was reported as unknown.
     */
    private static void close(BorrowedConnection borrowed) {
        try {
            borrowed.close();
        } catch (SQLException | RuntimeException broken) {
            // the pool detects the broken connection
            return;
        }
    }
}
