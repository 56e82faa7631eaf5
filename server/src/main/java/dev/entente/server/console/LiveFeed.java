package dev.entente.server.console;

import dev.entente.server.console.part.ConsoleUser;
import dev.entente.server.http.EventFeed;
import dev.entente.server.store.StoreUnavailable;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** Reports to one tab that its page has changed, or that its user lost access. For use by one thread. */
final class LiveFeed implements EventFeed {
    private static final Event SIGNED_OUT = new Event("signed-out", "1", true);
    private static final long MAX_REST = Duration.ofMinutes(1).toNanos();
    /** A check up to this duration is short and no load, as on an idle machine or after the server's start. */
    private static final long SHORT_LOOK = Duration.ofMillis(30).toNanos();

    /**
     * The time between two checks of a page. The user's access is checked each time.
     *
     * @param least the minimum; the checks of all streams begin together, so that streams share responses
     * @param rest the pause after a check that was not short, as a multiple of its duration, at most a minute
     */
    record Pace(Duration least, int rest) {
        static Pace of(String page) {
            return switch (page) {
                case "transaction" -> new Pace(Duration.ofSeconds(1), 0);
                case "" -> new Pace(Duration.ofSeconds(2), 20); // about 5 % of a core
                case "transactions" -> new Pace(Duration.ofSeconds(3), 500); // about 0.2 % of a core
                default -> new Pace(Duration.ofSeconds(2), 0);
            };
        }

        /** Returns the time of the check after a check that began and ended at these times. */
        long next(long began, long ended) {
            long turn = (Math.floorDiv(began, least.toNanos()) + 1) * least.toNanos();
            long took = ended - began;
            return took <= SHORT_LOOK ? turn : Math.max(turn, began + Math.min(took * rest, MAX_REST));
        }
    }

    private final Supplier<@Nullable ConsoleUser> users;
    private final ToIntFunction<ConsoleUser> fingerprint;
    private final Pace pace;
    private final LongSupplier nanos;
    private @Nullable ConsoleUser first;
    private @Nullable Long nextLook;
    private @Nullable Integer reported;

    /**
     * @param users returns the current user, or null for an unknown user; throws {@link StoreUnavailable} if the
     *     user cannot be determined now, and the stream then reports nothing
     * @param fingerprint changes with the content of the page
     * @param nanos a clock such as {@link System#nanoTime}
     */
    LiveFeed(
            Supplier<@Nullable ConsoleUser> users,
            ToIntFunction<ConsoleUser> fingerprint,
            Pace pace,
            LongSupplier nanos) {
        this.users = users;
        this.fingerprint = fingerprint;
        this.pace = pace;
        this.nanos = nanos;
    }

    @Override
    public @Nullable Event next() {
        ConsoleUser visitor;
        try {
            visitor = users.get();
        } catch (StoreUnavailable unknown) { // the user stays signed in
            return null;
        }
        if (visitor == null || (first != null && !visitor.visibility().equals(first.visibility()))) {
            return SIGNED_OUT;
        }
        first = visitor;
        long began = nanos.getAsLong();
        if (nextLook != null && began - nextLook < 0) {
            return null;
        }
        Integer now = fingerprint.applyAsInt(visitor);
        nextLook = pace.next(began, nanos.getAsLong());
        if (now.equals(reported)) {
            return null;
        }
        reported = now;
        return new Event("changed", Integer.toHexString(now), false);
    }
}
