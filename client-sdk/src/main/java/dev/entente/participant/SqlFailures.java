package dev.entente.participant;

import dev.entente.jdbc.OwnTransaction;
import dev.entente.jdbc.SqlCondition;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.function.BooleanSupplier;

/**
 * Failures of the barrier's own statements, and of transactions of the SDK's own that the database rolls back in favour
 * of others: serialization failures and deadlocks. Above READ COMMITTED any call that meets another one of its branch is
 * such a case. It is repeated at once, with a snapshot in which the other one is seen, unless a body has run; then the
 * coordinator asks again.
 */
final class SqlFailures {
    private static final int TRIES = 3;

    private SqlFailures() {}

    /** Tells whether a transaction of ours was rolled back in favour of another one. */
    static boolean isLostRace(Exception failure) {
        Throwable known = failure instanceof InProgress ? failure.getCause() : failure;
        return known instanceof SQLException broken && SqlCondition.LOST_RACE.isShownBy(broken);
    }

    /**
     * Returns what is no failure of the database; throws what is.
     *
     * @param ddl what would create the table
     * @throws SQLException the given one, if neither waiting nor a table would help
     */
    static BranchException translate(SQLException failure, Branch branch, String ddl) throws SQLException {
        if (SqlCondition.LOCK_TIMEOUT.isShownBy(failure)) {
            return new InProgress(branch + " waits for another call of its branch that is still running");
        }
        if (SqlCondition.LOST_RACE.isShownBy(failure)) {
            return lostRace(failure, branch);
        }
        if (SqlCondition.OTHER_TABLE.isShownBy(failure)) {
            return BarrierUnusable.tableOutdated(ddl, failure);
        }
        if (SqlCondition.MISSING_TABLE.isShownBy(failure)) {
            return BarrierUnusable.tableMissing(ddl, failure);
        }
        throw failure;
    }

    /** Returns the answer to a call whose transaction was rolled back in favour of another one. */
    static InProgress lostRace(SQLException failure, Branch branch) {
        return new InProgress(
                InProgress.SOON,
                branch + " was rolled back in favour of a transaction at the same time; nothing of it was kept: "
                        + failure.getMessage(),
                failure);
    }

    /** As {@link #repeat(Connection, Branch, BooleanSupplier, OwnTransaction.Work)}, where no body runs. */
    static <T> T repeat(Connection connection, Branch branch, OwnTransaction.Work<T> work) throws SQLException {
        return repeat(connection, branch, () -> false, work);
    }

    /**
     * Runs and commits the work.
     *
     * @param hasRun whether a body has run, which is not run again here
     * @throws InProgress if it was rolled back in favour of others, and nothing of it was kept
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
