package dev.entente.torture.siege.attack;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;

/** One attack in progress: the remaining time, the number of tries, and the failed checks. Thread-safe. */
public final class AttackRun {
    private static final int MAX_REPORTED = 5;
    private static final Duration LONGEST_BEGINNING = Duration.ofSeconds(30);

    private final long endNanos;
    private final AtomicLong tries = new AtomicLong();
    private final AtomicLong reached = new AtomicLong();
    private volatile String whereNotReached = "";
    private final Set<String> broke = new ConcurrentSkipListSet<>();

    /** @param endNanos of {@link System#nanoTime} */
    public AttackRun(long endNanos) {
        this.endNanos = endNanos;
    }

    /** Returns whether the run continues: until its end, and on an overloaded machine at least until it has begun. */
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

    /** Lets the run fail with this sentence if the run never calls {@link #reached}. */
    void mustReach(String otherwise) {
        whereNotReached = otherwise;
    }

    /** Counts that the attack reached its target in the coordinator. */
    void reached() {
        reached.incrementAndGet();
    }

    /** Records a request that should have been refused. Equal texts are recorded once. */
    void broke(String what) {
        if (broke.size() < MAX_REPORTED) {
            broke.add(what);
        }
    }

    /** Returns the requests that should have been refused, after the run. */
    public Set<String> broke() {
        if (!whereNotReached.isEmpty() && reached.get() == 0) {
            broke.add("the attack did not reach its target: " + whereNotReached);
        }
        if (tries.get() == 0) {
            broke.add("the attack sent nothing");
        }
        return broke;
    }

    /** Returns the number of connections, calls and floods. */
    public long tries() {
        return tries.get();
    }
}
