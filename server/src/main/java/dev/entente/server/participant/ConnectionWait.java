package dev.entente.server.participant;

import dev.entente.server.participant.InFlightLimit.Entrant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Calls that wait for a connection, outside of the limit of calls in flight. Thread-safe; a call that finds a connection never comes here.
 */
final class ConnectionWait {
    private static final int MAX_WAITING = 50_000;
    /** After a wait that was longer, those who waited are let in over as long a time: the participant has just come back. */
    private static final long LONG_NANOS = 1_000_000_000L;

    private static final int SLICES = 20;

    private final ConcurrentLinkedQueue<Entrant> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger size = new AtomicInteger();
    private volatile long sinceNanos;
    private int slice;

    boolean isEmpty() {
        return size.get() == 0;
    }

    int size() {
        return size.get();
    }

    /** Lets it wait, or answers false: too many do. */
    boolean add(Entrant call, long nanoTime) {
        int before = size.getAndIncrement();
        if (before >= MAX_WAITING) {
            size.decrementAndGet();
            return false;
        }
        if (before == 0) {
            sinceNanos = nanoTime;
        }
        queue.add(call);
        return true;
    }

    /**
     * Removes those that may go now: all; or a twentieth of them where they have waited long, and more where there is room.
     *
     * @param room so many may leave at once in any case
     */
    synchronized List<Entrant> takeSlice(long nanoTime, int room) {
        int waiting = size.get();
        if (nanoTime - sinceNanos < LONG_NANOS) {
            return take(waiting);
        }
        slice = Math.max(slice, (waiting + SLICES - 1) / SLICES);
        List<Entrant> taken = take(Math.max(slice, room));
        if (isEmpty()) {
            slice = 0;
        }
        return taken;
    }

    /** Removes so many of those that have waited longest, or all if there are fewer. */
    synchronized List<Entrant> take(int most) {
        List<Entrant> taken = new ArrayList<>();
        while (taken.size() < most) {
            Entrant next = queue.poll();
            if (next == null) {
                return taken;
            }
            size.decrementAndGet();
            taken.add(next);
        }
        return taken;
    }

    /** Removes those that have waited too long, or are not wanted any more. */
    synchronized List<Entrant> takeLate(long nanoTime) {
        List<Entrant> late = new ArrayList<>();
        for (Iterator<Entrant> all = queue.iterator(); all.hasNext(); ) {
            Entrant call = all.next();
            if (call.isUnwanted() || call.isTooLate(nanoTime)) {
                all.remove();
                size.decrementAndGet();
                late.add(call);
            }
        }
        return late;
    }
}
