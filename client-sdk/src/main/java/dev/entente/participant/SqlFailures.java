package dev.entente.participant;

import dev.entente.jdbc.SqlCondition;
import java.sql.SQLException;
import java.time.Duration;

/** Translates failures of the barrier's own statements. */
final class SqlFailures {
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
    static BranchException translate(SQLException failure, Branch branch, Duration askAgainAfter, String ddl)
            throws SQLException {
        if (SqlCondition.LOCK_TIMEOUT.isShownBy(failure)) {
            return new InProgress(
                    askAgainAfter, branch + " waits for another call of its branch that is still running");
        }
        if (SqlCondition.LOST_RACE.isShownBy(failure)) {
            return lostRace(failure, branch, askAgainAfter);
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
    static InProgress lostRace(SQLException failure, Branch branch, Duration askAgainAfter) {
        return new InProgress(
                askAgainAfter,
                branch + " was rolled back in favour of a transaction at the same time; nothing of it was kept: "
                        + failure.getMessage(),
                failure);
    }
}
