package dev.entente.participant;

import dev.entente.jdbc.OwnTransaction;
import dev.entente.jdbc.SqlCondition;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.function.BooleanSupplier;

/**
 * Failures of the barrier's own statements, and serialization failures and deadlocks of the SDK's own transactions.
 * Above READ COMMITTED, a concurrent call of the same branch causes such a failure. The SDK repeats the transaction at
 * once, and the new snapshot contains the other call. After a body has run, the SDK does not repeat: the coordinator
 * calls again.
 */
final class SqlFailures {
    private static final int TRIES = 3;

    private SqlFailures() {}

    /** Returns whether the database rolled back a transaction of the SDK because of a conflict with another one. */
    static boolean isLostRace(Exception failure) {
        Throwable known = failure instanceof InProgress ? failure.getCause() : failure;
        return known instanceof SQLException broken && SqlCondition.TRANSACTION_CONFLICT.matchesFailure(broken);
    }

    /**
     * Returns the exception with which to answer an expected failure; throws any other failure.
     *
     * @param ddl the statements that create the table
     * @throws SQLException the given failure, if it is neither a lock or a conflict nor a missing or outdated table
     */
    static BranchException translate(SQLException failure, Branch branch, String ddl) throws SQLException {
        if (SqlCondition.LOCK_TIMEOUT.matchesFailure(failure)) {
            return new InProgress(branch + " waits for another call of its branch that is still running");
        }
        if (SqlCondition.TRANSACTION_CONFLICT.matchesFailure(failure)) {
            return lostRace(failure, branch);
        }
        if (SqlCondition.OTHER_TABLE.matchesFailure(failure)) {
            return BarrierUnusable.tableOutdated(ddl, failure);
        }
        if (SqlCondition.MISSING_TABLE.matchesFailure(failure)) {
            return BarrierUnusable.tableMissing(ddl, failure);
        }
        throw failure;
    }

    /** Returns the answer to a call whose transaction was rolled back because of a conflict with another one. */
    static InProgress lostRace(SQLException failure, Branch branch) {
        return new InProgress(
                InProgress.SOON,
                branch + " was rolled back because of a concurrent transaction; none of its changes was kept: "
                        + failure.getMessage(),
                failure);
    }

    /** As {@link #repeat(Connection, Branch, BooleanSupplier, OwnTransaction.Work)}, for work without a body. */
    static <T> T repeat(Connection connection, Branch branch, OwnTransaction.Work<T> work) throws SQLException {
        return repeat(connection, branch, () -> false, work);
    }

    /**
     * Runs and commits the work.
     *
     * @param hasRun whether a body has run; the work is then not repeated
     * @throws InProgress if the work was rolled back because of a conflict; no change was kept
     */
    static <T> T repeat(Connection connection, Branch branch, BooleanSupplier hasRun, OwnTransaction.Work<T> work)
            throws SQLException {
        for (int tries = 1; ; tries++) {
            try {
                return OwnTransaction.on(connection, work);
            } catch (SQLException | InProgress failure) {
                if (!isLostRace(failure)) {
                    throw failure;
                }
                if (hasRun.getAsBoolean() || tries == TRIES) {
                    if (failure instanceof SQLException lost) {
                        throw lostRace(lost, branch);
                    }
                    throw failure;
                }
            }
        }
    }
}
