package dev.entente.server.engine.incarnation;

import java.time.Duration;
import java.time.Instant;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The database's time without asking it: what it said last, and the monotonic time that has passed since. A wrong clock
 * on this machine changes nothing. It does not run backwards, unless the database's clock was set back by more than
 * {@link #LONGEST_STANDSTILL}. Thread-safe.
 */
public final class DatabaseClock implements Supplier<Instant> {
    private static final Duration TOLERANCE = Duration.ofMillis(50);
    /** A clock that was set back further is followed at once: standing still would hold up every backoff. */
    private static final Duration LONGEST_STANDSTILL = Duration.ofSeconds(30);

    private final LongSupplier nanos;
    private volatile Reading reading;

    /** @param floor what it had shown before: it stands still until that has come */
    private record Reading(Instant databaseNow, long nanos, Instant floor) {}

    /** @param databaseNow the database's clock, just read */
    public DatabaseClock(LongSupplier nanos, Instant databaseNow) {
        this.nanos = nanos;
        this.reading = new Reading(databaseNow, nanos.getAsLong(), databaseNow);
    }

    @Override
    public Instant get() {
        Reading last = reading;
        Instant now = last.databaseNow.plusNanos(nanos.getAsLong() - last.nanos);
        return now.isBefore(last.floor) ? last.floor : now;
    }

    /**
     * The database said what time it is: at some moment between the question and now. As long as that agrees with this
     * clock, give or take a little, nothing changes; an answer that was long on its way therefore sets nothing back.
     *
     * @param askedAtNanos the monotonic time before the question was sent
     */
    public void set(Instant databaseNow, long askedAtNanos) {
        long answeredAtNanos = nanos.getAsLong();
        Instant shown = get();
        Instant latest = databaseNow.plusNanos(answeredAtNanos - askedAtNanos);
        if (shown.isBefore(databaseNow.minus(TOLERANCE))) {
            reading = new Reading(databaseNow, answeredAtNanos, databaseNow);
        } else if (shown.isAfter(latest.plus(TOLERANCE))) {
            boolean isNear = shown.isBefore(latest.plus(LONGEST_STANDSTILL));
            reading = new Reading(latest, answeredAtNanos, isNear ? shown : latest);
        }
    }
}
