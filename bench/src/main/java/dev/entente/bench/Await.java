package dev.entente.bench;

import java.sql.SQLException;
import java.time.Duration;

/** Waits for a condition by asking again and again. */
final class Await {
    private Await() {}

    /** A condition of a process or a database. */
    interface Condition {
        boolean holds() throws SQLException;
    }

    /**
     * Blocks until {@code condition} holds.
     *
     * @throws IllegalStateException naming {@code what} if it does not within {@code limit}
     */
    static void until(String what, Duration limit, Duration every, Condition condition)
            throws InterruptedException, SQLException {
        long giveUpAt = System.nanoTime() + limit.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > giveUpAt) {
                throw new IllegalStateException("not within " + limit + ": " + what);
            }
            Thread.sleep(every);
        }
    }
}
