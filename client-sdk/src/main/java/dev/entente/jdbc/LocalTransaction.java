package dev.entente.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/**
 * A service's own transaction of one message: it is committed together with the mark that says so, or not at all.
 *
 * @param <T> what the body comes to
 * @param <X> what it throws
 */
public final class LocalTransaction<T, X extends Exception> {
    private final String gid;
    private final DataSource dataSource;
    private final Work<T, X> body;
    private boolean hasBegun;

    /**
     * The service's statements.
     *
     * @param <T> what they come to
     * @param <X> what they throw
     */
    @FunctionalInterface
    public interface Work<T, X extends Exception> {
        /** Runs them on this connection, neither committing nor rolling it back. */
        T run(Connection connection) throws X;
    }

    /**
     * A transaction that is not run yet.
     *
     * @param gid the message's id, which its mark has
     */
    public LocalTransaction(String gid, DataSource dataSource, Work<T, X> body) {
        this.gid = gid;
        this.dataSource = dataSource;
        this.body = body;
    }

    /** Thrown where it is certain that nothing was committed by this call. */
    public static final class RolledBack extends Exception {
        private static final long serialVersionUID = 1;
        private final transient LocalMark.Found found;

        RolledBack(LocalMark.Found found) {
            super(found.name());
            this.found = found;
        }

        /** Returns the state in which the mark was found. */
        public LocalMark.Found found() {
            return found;
        }
    }

    /** Thrown where the commit was not answered: it may have happened. */
    public static final class Unanswered extends Exception {
        private static final long serialVersionUID = 1;

        /** @param failure what the commit threw */
        Unanswered(Throwable failure) {
            super(failure.getMessage(), failure);
        }
    }

    /**
     * Runs and commits it. Blocks.
     *
     * @throws RolledBack if the mark was taken
     * @throws Unanswered if the commit was not answered: it may have happened
     * @throws X of the body; nothing was committed
     * @throws SQLException of the database before the commit, or because it lost against others (40001); nothing was
     *     committed
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

    /** Tells whether there was a connection to run it on. */
    public boolean hasBegun() {
        return hasBegun;
    }

    /** Commits; a commit that lost against transactions at the same time certainly did not happen. */
    private static void commit(Connection connection) throws Unanswered, SQLException {
        try {
            connection.commit();
        } catch (Throwable unanswered) {
            if (unanswered instanceof SQLException lost && OwnTransaction.isRollback(lost)) {
                rollback(connection, lost);
                throw lost;
            }
            // whatever it was, an Error as well: it may be committed, and then nobody may abort the message
            throw new Unanswered(unanswered);
        }
    }

    private T work(Connection connection) throws RolledBack, SQLException, X {
        try {
            LocalMark.Found found = LocalMark.commit(connection, gid);
            if (found != LocalMark.Found.OURS) {
                throw new RolledBack(found);
            }
            T result = body.run(BodyConnection.of(connection, LocalTransaction::bodyEnds));
            LocalMark.require(connection, gid);
            return result;
        } catch (Throwable failure) {
            rollback(connection, failure);
            throw failure;
        }
    }

    /** @param how what the body called, such as {@code commit()}; it did not happen */
    private static IllegalStateException bodyEnds(String how) {
        return new IllegalStateException("ENT-097: the body called " + how + " on the connection that it was given;"
                + " runAndSubmit ends its transaction, with the message's mark in it; take that call out");
    }

    private static void rollback(Connection connection, Throwable failure) {
        try {
            connection.rollback();
        } catch (SQLException broken) {
            failure.addSuppressed(broken); // the database rolls back what loses its connection
        }
    }

    /**
     * Gives the connection back as it came, and ignores a failure, which would have the message aborted. By then the
     * transaction has ended, or was reported as unknown.
     */
    private static void close(BorrowedConnection borrowed) {
        try {
            borrowed.close();
        } catch (SQLException | RuntimeException broken) {
            // its pool will see
            return;
        }
    }
}
