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
    /** Up to here a look is no burden: on a machine that has little to do, and of a server that began just now. */
    private static final long SHORT_LOOK = Duration.ofMillis(30).toNanos();

    /**
     * The times between two looks at a page; the visitor is looked at each time.
     *
     * @param least from one to the next; all streams' turns begin together, so that they share their answers
     * @param rest so many times as long as a look took that was not short, at most a minute
     */
    record Pace(Duration least, int rest) {
        static Pace of(String page) {
            return switch (page) {
                case "transaction" -> new Pace(Duration.ofSeconds(1), 0);
                case "transactions" -> new Pace(Duration.ofSeconds(3), 500); // about a fifth of a percent of a core
                default -> new Pace(Duration.ofSeconds(2), 0);
            };
        }

        /** Returns when the next look is, after one that began and ended then. */
        long next(long began, long ended) {
            long turn = (Math.floorDiv(began, least.toNanos()) + 1) * least.toNanos();
            long took = ended - began;
            return took <= SHORT_LOOK ? turn : Math.max(turn, began + Math.min(took * rest, MOST_REST));
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
        nextLook = pace.next(began, nanos.getAsLong());
        if (now.equals(told)) {
            return null;
        }
        told = now;
        return new Event("changed", Integer.toHexString(now), false);
    }
}
