package dev.entente.server.engine.incarnation;

import java.time.Duration;
import java.time.Instant;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The database's time without a query. The answers of all renewals give its bounds, and the monotonic clock continues
 * from there. The error is at most half of the fastest round trip. A wrong clock on this machine has no effect. The
 * time does not run backwards, unless the database's clock was set back by more than {@link #LONGEST_STANDSTILL}.
 * Thread-safe.
 */
public final class DatabaseClock implements Supplier<Instant> {
    /**
     * The longest stop of the clock. If the database's clock was set back further, this clock follows at once, because
     * a stop delays every backoff.
     */
    private static final Duration LONGEST_STANDSTILL = Duration.ofSeconds(30);

    private final LongSupplier nanos;
    private volatile Bounds bounds;

    /**
     * The database's clock at that time of this machine's monotonic clock.
     *
     * @param earliest the lower bound
     * @param latest the upper bound
     * @param floor the time shown before: the clock stops until this time is reached
     */
    private record Bounds(long nanos, Instant earliest, Instant latest, Instant floor) {
        Bounds at(long later) {
            return new Bounds(later, earliest.plusNanos(later - nanos), latest.plusNanos(later - nanos), floor);
        }

        Instant shown() {
            Instant middle = earliest.plus(width().dividedBy(2));
            return middle.isBefore(floor) ? floor : middle;
        }

        Duration width() {
            return Duration.between(earliest, latest);
        }
    }

    /** @param first the source of the first bounds */
    DatabaseClock(LongSupplier nanos, FirstRenewal first) {
        this.nanos = nanos;
        Instant latest = first.databaseNow().plusNanos(first.answeredNanos() - first.sentNanos());
        this.bounds = new Bounds(first.answeredNanos(), first.databaseNow(), latest, first.databaseNow());
    }

    @Override
    public Instant get() {
        return bounds.at(nanos.getAsLong()).shown();
    }

    /**
     * Updates the bounds with the database's time at some moment between the question and now. Contradicted bounds move
     * by the minimum that is necessary. Therefore the clock follows drift, and a slow answer sets nothing back.
     *
     * @param askedAtNanos the monotonic time before the question was sent
     */
    public void set(Instant databaseNow, long askedAtNanos) {
        Bounds last = bounds.at(nanos.getAsLong());
        Instant latest = databaseNow.plusNanos(last.nanos - askedAtNanos);
        Instant from = later(last.earliest, databaseNow);
        Instant to = earlier(last.latest, latest);
        if (last.latest.isBefore(databaseNow)) {
            to = earlier(databaseNow.plus(last.width()), latest);
        } else if (last.earliest.isAfter(latest)) {
            from = later(latest.minus(last.width()), databaseNow);
        }
        boolean isNear = last.shown().isBefore(latest.plus(LONGEST_STANDSTILL));
        bounds = new Bounds(last.nanos, from, to, isNear ? last.shown() : from);
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }
}
