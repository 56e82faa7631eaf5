package dev.entente.participant;

import dev.entente.jdbc.OwnTransaction;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * Transactions of the SDK's own that the database may roll back in favour of others: serialization failures and
 * deadlocks. Above READ COMMITTED any call that meets another one of its branch is such a case. It is repeated at once,
 * with a snapshot in which the other one is seen, unless a body has run; then the coordinator asks again.
 */
final class LostRaces {
    private static final Duration ASK_AGAIN_AFTER = Duration.ofMillis(500);
    private static final int TRIES = 3;

    private LostRaces() {}

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
                if (!SqlFailures.isLostRace(failure)) {
                    throw failure;
                }
                if (hasRun.getAsBoolean() || tries == TRIES) {
                    if (failure instanceof SQLException lost) {
                        throw SqlFailures.lostRace(lost, branch, ASK_AGAIN_AFTER);
                    }
                    throw failure;
                }
            }
        }
    }
}
