package dev.entente.torture.siege.attack;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;

/** One attack while it goes on: how long still, how much was tried, and what broke. Thread-safe. */
public final class Raid {
    private static final int MOST_TOLD = 5;
    private static final Duration LONGEST_BEGINNING = Duration.ofSeconds(30);

    private final long endNanos;
    private final AtomicLong tries = new AtomicLong();
    private final AtomicLong reached = new AtomicLong();
    private volatile String whereNotReached = "";
    private final Set<String> broke = new ConcurrentSkipListSet<>();

    /** @param endNanos of {@link System#nanoTime} */
    public Raid(long endNanos) {
        this.endNanos = endNanos;
    }

    /** Holds until its time is over; on a machine that is short of everything, until it has begun at least. */
    boolean goesOn() {
        long beyond = System.nanoTime() - endNanos;
        boolean hasBegun = tries.get() > 0 && (whereNotReached.isEmpty() || reached.get() > 0);
        return beyond < (hasBegun ? 0 : LONGEST_BEGINNING.toNanos())
                && !Thread.currentThread().isInterrupted();
    }

    /** Counts a connection, a call or a flood. */
    void tried() {
        tries.incrementAndGet();
    }

    /** Has the raid fail with this sentence if it never {@link #reached} what it is about. */
    void mustReach(String otherwise) {
        whereNotReached = otherwise;
    }

    /** Counts that the coordinator let the attack come as far as it is about. */
    void reached() {
        reached.incrementAndGet();
    }

    /** Tells of what should have been refused; the same is told once. */
    void broke(String what) {
        if (broke.size() < MOST_TOLD) {
            broke.add(what);
        }
    }

    /** Returns what should have been refused, once it is over. */
    public Set<String> broke() {
        if (!whereNotReached.isEmpty() && reached.get() == 0) {
            broke.add("it was no attack: " + whereNotReached);
        }
        if (tries.get() == 0) {
            broke.add("the attacker did nothing");
        }
        return broke;
    }

    /** Returns how many connections, calls and floods were made. */
    public long tries() {
        return tries.get();
    }
}
