package dev.entente.server.store;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * How many questions of people may be under way at one time, so that slow ones leave connections to claims and takeovers. One for all who
 * share a pool. Thread-safe.
 */
public final class QuestionLimit {
    private final Semaphore room;
    private final int most;
    private final long patienceMillis;

    private QuestionLimit(int most, long patienceMillis) {
        this.room = new Semaphore(most, true);
        this.most = most;
        this.patienceMillis = patienceMillis;
    }

    /**
     * Half of the pool's connections, if not fewer are wanted.
     *
     * @param most at one time; at least one is allowed
     * @param settings of the pool, and of how long a question beyond waits
     */
    public static QuestionLimit of(int most, DatabaseSettings settings) {
        int half = settings.poolSize() / 2;
        return new QuestionLimit(
                Math.max(1, Math.min(most, half)), settings.patience().toMillis());
    }

    /**
     * Asks it. Blocks until there is room.
     *
     * @throws StoreOverloaded if there is none for too long; then it was not asked
     */
    <T> T within(Supplier<T> question) {
        enter();
        try {
            return question.get();
        } finally {
            room.release();
        }
    }

    private void enter() {
        try {
            if (!room.tryAcquire(patienceMillis, TimeUnit.MILLISECONDS)) {
                throw new StoreOverloaded(
                        most + " lists and counts are under way, which is limits.queries or half of database.pool");
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
            throw new StoreUnavailable("the store is closed", closed);
        }
    }
}
