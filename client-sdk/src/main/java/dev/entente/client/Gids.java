package dev.entente.client;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Creates unique gids that sort by time, so that their rows go to one end of the coordinator's index. They are UUIDs of
 * version 7 (RFC 9562, section 5.7), with the 12 bits after the millisecond as a counter (section 6.2, method 1).
 * Thread-safe.
 *
 * <p>Within one instance each gid sorts after all earlier ones, even if the clock stops or is set back: a full counter
 * takes the next millisecond.
 */
public final class Gids {
    private static final int COUNTER_BITS = 12;
    private static final long COUNTER_MASK = (1L << COUNTER_BITS) - 1;
    private static final long VERSION_7 = 0x7000L;
    private static final long VARIANT = 0x8000_0000_0000_0000L;
    private static final long RANDOM_MASK = 0x3fff_ffff_ffff_ffffL;

    private final InstantSource clock;
    private final SecureRandom random;
    /** Milliseconds since 1970 in the upper bits, the counter in the lower bits. */
    private final AtomicLong last = new AtomicLong();

    /** Creates a generator. Use one instance per process to keep the gids of the process in order. */
    public Gids(InstantSource clock, SecureRandom random) {
        this.clock = clock;
        this.random = random;
    }

    /** Returns a new gid of 36 characters. */
    public String next() {
        long now = clock.millis() << COUNTER_BITS;
        long stamp = last.updateAndGet(before -> Math.max(before + 1, now));
        long millis = stamp >>> COUNTER_BITS;
        long high = (millis << 16) | VERSION_7 | (stamp & COUNTER_MASK);
        long low = VARIANT | (random.nextLong() & RANDOM_MASK);
        return new UUID(high, low).toString();
    }
}
