package dev.entente.simulation.world;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The times at which the participants are unreachable, and the limit of concurrent calls per process. Both are drawn
 * from the seed, in one run of five.
 */
public final class Outage {
    /** The longest wait of a call for a connection. */
    public static final Duration CONNECT = Duration.ofSeconds(10);
    /** The interval at which a waiting call checks again. */
    public static final Duration POLL_INTERVAL = Duration.ofMillis(250);

    private static final int CHAOS_MILLIS = 40_000;

    private final VirtualTime time;
    private final boolean isModelled;
    private final int maxInFlight;
    private final List<Window> windows = new ArrayList<>();

    private record Window(long fromNanos, long untilNanos) {}

    public Outage(VirtualTime time, long seed) {
        this.time = time;
        // With capacity for one transaction only, a stuck transaction in memory would block all others.
        this.isModelled = Math.floorMod(seed, 5) == 1 && Math.floorMod(seed, 7) != 3;
        // a separate random source keeps the other runs unchanged
        Random random = new Random(~seed);
        this.maxInFlight = isModelled ? 1 + random.nextInt(6) : Integer.MAX_VALUE;
        for (int i = isModelled ? 1 + random.nextInt(3) : 0; i > 0; i--) {
            long from = random.nextInt(CHAOS_MILLIS);
            long until = from + 500 + random.nextInt(random.nextBoolean() ? 5_000 : 60_000);
            windows.add(new Window(from * 1_000_000, until * 1_000_000));
        }
    }

    /** Returns the time without a connection that counts as one attempt. */
    public Duration maxWait() {
        return isModelled ? Duration.ofSeconds(15) : Duration.ofMinutes(10);
    }

    public boolean isOut() {
        long now = time.nanos();
        return windows.stream().anyMatch(window -> window.fromNanos <= now && now < window.untilNanos);
    }

    public boolean isFull(int inFlight) {
        return inFlight >= maxInFlight;
    }
}
