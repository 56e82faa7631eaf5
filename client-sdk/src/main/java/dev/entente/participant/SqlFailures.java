package dev.entente.participant;

import java.sql.SQLException;
import java.time.Duration;

/** Translates failures of the barrier's own statements. */
final class SqlFailures {
    private static final String LOCK_NOT_AVAILABLE = "55P03";
    private static final String SERIALIZATION_FAILURE = "40001";
    private static final String DEADLOCK_DETECTED = "40P01";
    private static final String UNDEFINED_TABLE = "42P01";
    private static final String UNDEFINED_COLUMN = "42703";
    private static final String NO_UNIQUE_KEY = "42P10";

    private SqlFailures() {}

    /** Tells whether a transaction of ours was rolled back in favour of another one. */
    static boolean isLostRace(Exception failure) {
        Throwable known = failure instanceof InProgress ? failure.getCause() : failure;
        return known instanceof SQLException broken
                && (SERIALIZATION_FAILURE.equals(broken.getSQLState())
                        || DEADLOCK_DETECTED.equals(broken.getSQLState()));
    }

    /**
     * Returns what is no failure of the database; throws what is.
     *
     * @throws SQLException the given one, if neither waiting nor a table would help
     */
    static BranchException translate(SQLException failure, Branch branch, Duration askAgainAfter) throws SQLException {
        String state = failure.getSQLState() == null ? "" : failure.getSQLState();
        return switch (state) {
            case LOCK_NOT_AVAILABLE ->
                new InProgress(askAgainAfter, branch + " waits for another call of its branch that is still running");
            case SERIALIZATION_FAILURE, DEADLOCK_DETECTED ->
                new InProgress(
                        askAgainAfter,
                        branch + " was rolled back in favour of a transaction at the same time; nothing of it was"
                                + " kept: " + failure.getMessage(),
                        failure);
            case UNDEFINED_COLUMN, NO_UNIQUE_KEY -> BarrierUnusable.tableOutdated(BarrierTable.ddl(), failure);
            case UNDEFINED_TABLE -> BarrierUnusable.tableMissing(BarrierTable.ddl(), failure);
            default -> throw failure;
        };
    }
}
