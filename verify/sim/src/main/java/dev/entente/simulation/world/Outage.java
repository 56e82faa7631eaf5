package dev.entente.simulation.world;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * When the participants cannot be reached, and how many calls one process may have under way; drawn from the seed, in
 * one run of five.
 */
public final class Outage {
    /** How long a call waits for a connection. */
    public static final Duration CONNECT = Duration.ofSeconds(10);
    /** How often a call that waits looks again. */
    public static final Duration GLANCE = Duration.ofMillis(250);

    private static final int CHAOS_MILLIS = 40_000;

    private final VirtualTime time;
    private final boolean isModelled;
    private final int maxInFlight;
    private final List<Window> windows = new ArrayList<>();

    private record Window(long fromNanos, long untilNanos) {}

    public Outage(VirtualTime time, long seed) {
        this.time = time;
        // Not where there is room for one alone: what waits in memory for what is stuck would keep all others out.
        this.isModelled = Math.floorMod(seed, 5) == 1 && Math.floorMod(seed, 7) != 3;
        // numbers of its own: the other runs stay what they were
        Random random = new Random(~seed);
        this.maxInFlight = isModelled ? 1 + random.nextInt(6) : Integer.MAX_VALUE;
        for (int i = isModelled ? 1 + random.nextInt(3) : 0; i > 0; i--) {
            long from = random.nextInt(CHAOS_MILLIS);
            long until = from + 500 + random.nextInt(random.nextBoolean() ? 5_000 : 60_000);
            windows.add(new Window(from * 1_000_000, until * 1_000_000));
        }
    }

    /** After so long without a connection one attempt is counted. */
    public Duration patience() {
        return isModelled ? Duration.ofSeconds(15) : Duration.ofMinutes(10);
    }

    public boolean isOut() {
        long now = time.nanos();
        return windows.stream().anyMatch(window -> window.fromNanos <= now && now < window.untilNanos);
    }

    public boolean isFull(int underWay) {
        return underWay >= maxInFlight;
    }
}
