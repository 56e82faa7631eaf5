package dev.entente.server.console;

import dev.entente.server.http.EventFeed;
import dev.entente.server.store.StoreUnavailable;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** Tells one tab that its page would look different now, or that its visitor may not look any more. For one thread. */
final class LiveFeed implements EventFeed {
    private static final Event SIGNED_OUT = new Event("signed-out", "1", true);
    private static final long MOST_REST = Duration.ofMinutes(1).toNanos();

    /**
     * The times between two looks at a page; the visitor is looked at each time.
     *
     * @param least from one to the next
     * @param rest so many times as long as a look took, at most a minute
     */
    record Pace(Duration least, int rest) {
        static final Pace SECOND = new Pace(Duration.ofSeconds(1), 0);
        /** A list may look at many rows: its looks take about a fifth of a percent of a core. */
        static final Pace LIST = new Pace(Duration.ofSeconds(3), 500);

        long nanos(long took) {
            return Math.max(least.toNanos(), Math.min(took * rest, MOST_REST));
        }
    }

    private final Supplier<@Nullable Visitor> visitors;
    private final ToIntFunction<Visitor> fingerprint;
    private final Pace pace;
    private final LongSupplier nanos;
    private @Nullable Visitor first;
    private @Nullable Long nextLook;
    private @Nullable Integer told;

    /**
     * @param visitors returns who looks now; null for nobody that the server knows; throws {@link StoreUnavailable} where
     *     that cannot be told now, and nothing is told then
     * @param fingerprint changes with what the page shows
     * @param nanos a clock such as {@link System#nanoTime}
     */
    LiveFeed(Supplier<@Nullable Visitor> visitors, ToIntFunction<Visitor> fingerprint, Pace pace, LongSupplier nanos) {
        this.visitors = visitors;
        this.fingerprint = fingerprint;
        this.pace = pace;
        this.nanos = nanos;
    }

    @Override
    public @Nullable Event next() {
        Visitor visitor;
        try {
            visitor = visitors.get();
        } catch (StoreUnavailable unknown) { // which signs nobody out
            return null;
        }
        if (visitor == null || (first != null && !visitor.sight().equals(first.sight()))) {
            return SIGNED_OUT;
        }
        first = visitor;
        long began = nanos.getAsLong();
        if (nextLook != null && began - nextLook < 0) {
            return null;
        }
        Integer now = fingerprint.applyAsInt(visitor);
        nextLook = began + pace.nanos(nanos.getAsLong() - began);
        if (now.equals(told)) {
            return null;
        }
        told = now;
        return new Event("changed", Integer.toHexString(now), false);
    }
}
