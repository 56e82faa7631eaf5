package dev.entente.server.participant.limit;

import dev.entente.server.participant.limit.InFlightLimit.WaitingCall;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Calls that wait for a connection, outside of the limit of calls in flight. Calls of the oldest transactions leave
 * first. The order of arrival is not significant, because each call arrives again every few seconds. Thread-safe; a
 * call that finds a connection does not use this queue.
 */
final class ConnectionWait {
    private static final int MAX_WAITING = 50_000;
    /**
     * The threshold of a long wait. After a longer wait, the calls are admitted over about the same time, a slice per
     * sweep, because the participant has just recovered.
     */
    private static final long LONG_NANOS = 1_000_000_000L;

    private static final int SLICES = 20;

    private final PriorityQueue<Place> queue =
            new PriorityQueue<>(Comparator.comparing(Place::createdAt).thenComparingLong(Place::number));
    private final AtomicInteger size = new AtomicInteger();
    private long sinceNanos;
    private int slice;
    private long lastNumber;

    /** One waiting call. Among calls of equal age the first to arrive leaves first. */
    private record Place(Instant createdAt, long number, WaitingCall call) {}

    boolean isEmpty() {
        return size.get() == 0;
    }

    int size() {
        return size.get();
    }

    /** Adds a call; returns false if too many calls wait. */
    synchronized boolean add(WaitingCall call, long nanoTime) {
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
     * Removes the calls that may leave now: all, or a twentieth after a long wait, or {@code capacity} if that is more.
     *
     * @param capacity the number of calls that may leave at once in any case
     */
    synchronized List<WaitingCall> takeSlice(long nanoTime, int capacity) {
        int waiting = size.get();
        if (nanoTime - sinceNanos < LONG_NANOS) {
            return take(waiting);
        }
        slice = Math.max(slice, (waiting + SLICES - 1) / SLICES);
        List<WaitingCall> taken = take(Math.max(slice, capacity));
        if (isEmpty()) {
            slice = 0;
        }
        return taken;
    }

    /** Removes the given number of the oldest calls, or all if there are fewer. */
    synchronized List<WaitingCall> take(int most) {
        List<WaitingCall> taken = new ArrayList<>();
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

    /** Removes the calls that have waited too long or are no longer needed. */
    synchronized List<WaitingCall> takeLate(long nanoTime) {
        List<WaitingCall> late = new ArrayList<>();
        for (Iterator<Place> all = queue.iterator(); all.hasNext(); ) {
            WaitingCall call = all.next().call();
            if (call.isUnwanted() || call.isTooLate(nanoTime)) {
                all.remove();
                size.decrementAndGet();
                late.add(call);
            }
        }
        return late;
    }
}
