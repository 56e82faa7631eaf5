package dev.entente.server.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The database's time without asking it: what it said last, and the monotonic time that has passed since. A wrong clock on this machine
 * changes nothing. Thread-safe.
 */
public final class DatabaseClock implements Supplier<Instant> {
    private final LongSupplier nanos;
    private volatile Reading reading;

    private record Reading(Instant databaseNow, long nanos) {}

    /** @param databaseNow the database's clock, just read */
    public DatabaseClock(LongSupplier nanos, Instant databaseNow) {
        this.nanos = nanos;
        this.reading = new Reading(databaseNow, nanos.getAsLong());
    }

    @Override
    public Instant get() {
        Reading last = reading;
        return last.databaseNow.plusNanos(nanos.getAsLong() - last.nanos);
    }

    /** The database said what time it is. Small differences are the answer's way, and are left alone. */
    public void set(Instant databaseNow) {
        if (Duration.between(get(), databaseNow).abs().toMillis() > 50) {
            reading = new Reading(databaseNow, nanos.getAsLong());
        }
    }
}
