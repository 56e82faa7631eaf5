package dev.entente.server.participant.limit;

import java.time.Instant;
import java.util.Iterator;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many calls to one participant are under way: beyond the limit they wait, first come, first served. A participant
 * that hangs therefore holds its own limit and nobody else's. Thread-safe, without locks: whoever finds work in the
 * queue does it for all, so a start that fails at once does not recurse into the next.
 */
public final class InFlightLimit {

    /** A call before it left. */
    public interface Entrant {
        /** It is its turn. Must end in exactly one {@link InFlightLimit#release}, whether a call left or not. */
        void enter();

        /** It will not be its turn in time. No release follows. */
        void turnAway(String why);

        boolean isTooLate(long nanoTime);

        /** It has waited for a connection, and there is one. */
        default void connected() {}

        /** When its transaction was created: who waits for a connection leaves in that order. */
        default Instant createdAt() {
            return Instant.EPOCH;
        }

        /** Tells whether nobody wants it to go on waiting. */
        default boolean isUnwanted() {
            return false;
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(InFlightLimit.class);

    private final SlowStart slowStart;
    private final int maxWaiting;
    private final Runnable defectCaught;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicInteger pendingDrains = new AtomicInteger();
    private final ConcurrentLinkedQueue<Entrant> queue = new ConcurrentLinkedQueue<>();
    private volatile boolean sweepIsDue;
    /** The number admitted among those that had to wait; written by the thread that drains. */
    private final AtomicLong admitted = new AtomicLong();

    /** @param defectCaught run for each defect that was caught and logged */
    InFlightLimit(int maxInFlight, int maxWaiting, Runnable defectCaught) {
        this.slowStart = new SlowStart(maxInFlight);
        this.maxWaiting = maxWaiting;
        this.defectCaught = defectCaught;
    }

    /** How many that had to wait were let in so far. */
    long admitted() {
        return admitted.get();
    }

    /** Goes through those that wait, while others come and go. */
    void forEachWaiting(Consumer<Entrant> action) {
        queue.forEach(action);
    }

    /** Returns how many may be under way now. */
    int max() {
        return slowStart.allowed();
    }

    int inFlight() {
        return inFlight.get();
    }

    /** Told of answers and returns, it says how many may be under way. */
    SlowStart slowStart() {
        return slowStart;
    }

    int waiting() {
        return waiting.get();
    }

    /**
     * Tells whether it is to be entered now, by whoever asks. Else it waits until it is its turn, or is turned away at
     * once where too many wait.
     */
    boolean admits(Entrant entrant) {
        if (waiting.get() == 0 && tryTake()) {
            return true;
        }
        if (waiting.incrementAndGet() > maxWaiting) {
            waiting.decrementAndGet();
            entrant.turnAway(maxWaiting + " calls wait already");
        } else {
            queue.add(entrant);
            drain();
        }
        return false;
    }

    /** One call ended: the next may go. */
    void release() {
        inFlight.decrementAndGet();
        if (waiting.get() > 0) {
            drain();
        }
    }

    /** Turns away those that have waited too long. */
    void sweep() {
        sweepIsDue = true;
        drain();
    }

    private boolean tryTake() {
        for (int now = inFlight.get(); now < slowStart.allowed(); now = inFlight.get()) {
            if (inFlight.compareAndSet(now, now + 1)) {
                return true;
            }
        }
        return false;
    }

    /** Only one thread at a time takes from the queue; the others leave it a note that there is more to do. */
    private void drain() {
        if (pendingDrains.getAndIncrement() != 0) {
            return;
        }
        int noted = 1;
        while (noted != 0) {
            drainOnce();
            noted = pendingDrains.addAndGet(-noted);
        }
    }

    private void drainOnce() {
        safely("could not start the calls that wait for a free place", () -> {
            if (sweepIsDue) {
                sweepIsDue = false;
                turnAwayTheLate();
            }
            admitWaiting();
        });
    }

    /**
     * Survives any exception. A thread that left the drain while it seems to run would block all waiting calls for
     * ever, and one call that throws must not keep those behind it from ever going.
     */
    private void safely(String what, Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error defect) { // counted, and the next one goes
            defectCaught.run();
            LOG.error(what, defect);
        }
    }

    private void admitWaiting() {
        while (tryTake()) {
            Entrant next = queue.poll();
            if (next == null) {
                inFlight.decrementAndGet();
                return;
            }
            waiting.decrementAndGet();
            admitted.lazySet(admitted.get() + 1);
            safely("could not start a call", next::enter);
        }
    }

    private void turnAwayTheLate() {
        long now = System.nanoTime();
        for (Iterator<Entrant> all = queue.iterator(); all.hasNext(); ) {
            Entrant entrant = all.next();
            boolean isUnwanted = entrant.isUnwanted();
            if (isUnwanted || entrant.isTooLate(now)) {
                all.remove();
                waiting.decrementAndGet();
                String why = isUnwanted
                        ? "it was called back while it waited"
                        : inFlight.get() + " calls were in flight all the while";
                safely("could not refuse a call", () -> entrant.turnAway(why));
            }
        }
    }
}
