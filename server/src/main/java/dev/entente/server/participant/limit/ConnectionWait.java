package dev.entente.server.participant.limit;

import dev.entente.server.participant.limit.InFlightLimit.Entrant;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Calls that wait for a connection, outside of the limit of calls in flight. Those of the oldest transactions leave
 * first: each has come anew every few seconds, so that the order in which they came says nothing. Thread-safe; a call
 * that finds a connection never comes here.
 */
final class ConnectionWait {
    private static final int MAX_WAITING = 50_000;
    /**
     * After a wait that was longer, those who waited are let in over as long a time: the participant has just come
     * back.
     */
    private static final long LONG_NANOS = 1_000_000_000L;

    private static final int SLICES = 20;

    private final PriorityQueue<Place> queue =
            new PriorityQueue<>(Comparator.comparing(Place::createdAt).thenComparingLong(Place::number));
    private final AtomicInteger size = new AtomicInteger();
    private long sinceNanos;
    private int slice;
    private long lastNumber;

    /** One that waits; among those of one age the first come is the first to leave. */
    private record Place(Instant createdAt, long number, Entrant call) {}

    boolean isEmpty() {
        return size.get() == 0;
    }

    int size() {
        return size.get();
    }

    /** Lets it wait, or answers false: too many do. */
    synchronized boolean add(Entrant call, long nanoTime) {
        if (queue.size() >= MAX_WAITING) {
            return false;
        }
        if (queue.isEmpty()) {
            sinceNanos = nanoTime;
        }
        queue.add(new Place(call.createdAt(), ++lastNumber, call));
        size.incrementAndGet();
        return true;
    }

    /**
     * Removes those that may go now: all; or a twentieth of them where they have waited long, and more where there is
     * room.
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

    /** Removes so many of the oldest, or all if there are fewer. */
    synchronized List<Entrant> take(int most) {
        List<Entrant> taken = new ArrayList<>();
        while (taken.size() < most) {
            Place next = queue.poll();
            if (next == null) {
                return taken;
            }
            size.decrementAndGet();
            taken.add(next.call());
        }
        return taken;
    }

    /** Removes those that have waited too long, or are not wanted any more. */
    synchronized List<Entrant> takeLate(long nanoTime) {
        List<Entrant> late = new ArrayList<>();
        for (Iterator<Place> all = queue.iterator(); all.hasNext(); ) {
            Entrant call = all.next().call();
            if (call.isUnwanted() || call.isTooLate(nanoTime)) {
                all.remove();
                size.decrementAndGet();
                late.add(call);
            }
        }
        return late;
    }
}
