package dev.entente.server.store;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Limits the questions of one kind that may be under way at one time, those of people or those about single rows. So
 * many or slow ones leave connections to claims and takeovers. Thread-safe.
 */
public final class QuestionLimit {
    /** The most seconds of a list or a count, after which it fails. */
    public static final int MOST_SECONDS = 10;

    private final Semaphore room;
    private final long patienceMillis;
    private final boolean isOfPeople;
    private final Supplier<RuntimeException> full;

    private QuestionLimit(int most, DatabaseSettings settings, boolean isOfPeople, Supplier<RuntimeException> full) {
        this.room = new Semaphore(most, true);
        this.patienceMillis = settings.patience().toMillis();
        this.isOfPeople = isOfPeople;
        this.full = full;
    }

    /**
     * Half of the pool's connections, if not fewer are wanted.
     *
     * @param most at one time; at least one is allowed
     * @param settings of the pool, and of how long a question beyond waits
     */
    public static QuestionLimit of(int most, DatabaseSettings settings) {
        int allowed = Math.max(1, Math.min(most, settings.poolSize() / 2));
        return new QuestionLimit(
                allowed,
                settings,
                true,
                () -> new StoreOverloaded(
                        allowed + " lists and counts are under way, which is half of database.pool, or " + most));
    }

    /**
     * Limits questions about single rows to three quarters of the pool's connections. After an outage there are as many
     * at once as there are clients and deliveries that wait, and what nobody claims meanwhile only makes them more.
     *
     * @param settings of the pool, of at least two connections, and of how long a question beyond waits
     */
    public static QuestionLimit ofRows(DatabaseSettings settings) {
        int allowed = settings.poolSize() - Math.max(1, settings.poolSize() / 4);
        return new QuestionLimit(
                allowed,
                settings,
                false,
                () -> new StoreUnavailable(
                        "the database does not answer in time: " + allowed + " rows are being read already", null));
    }

    /** Tells whether people ask these, who may ask for less. */
    boolean isOfPeople() {
        return isOfPeople;
    }

    /**
     * Asks it. Blocks until there is room.
     *
     * @throws StoreOverloaded if there is none for people's questions for too long; then it was not asked
     * @throws StoreUnavailable the same of questions about rows
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
                throw full.get();
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
            throw new StoreUnavailable("the store is closed", closed);
        }
    }
}
