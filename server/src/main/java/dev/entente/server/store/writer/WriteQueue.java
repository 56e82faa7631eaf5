package dev.entente.server.store.writer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The queue of operations to write, bounded for refusable operations. An owner's writes are never refused: they report
 * events that have happened, and there is at most one per open transaction. Thread-safe.
 */
final class WriteQueue {
    private static final int MAX_REFUSABLE = 8192;
    private static final long MAX_REFUSABLE_BYTES = 64L << 20;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final ArrayDeque<Pending> waiting = new ArrayDeque<>();
    private int refusable;
    private long refusableBytes;
    private boolean isClosed;

    /** The result of an offer. */
    enum Offered {
        QUEUED,
        FULL,
        CLOSED
    }

    Offered offer(Pending pending) {
        lock.lock();
        try {
            if (isClosed) {
                return Offered.CLOSED;
            }
            if (pending.isRefusable()) {
                if (refusable >= MAX_REFUSABLE || refusableBytes >= MAX_REFUSABLE_BYTES) {
                    return Offered.FULL;
                }
                refusable++;
                refusableBytes += pending.bytes();
            }
            waiting.add(pending);
            arrived.signal();
            return Offered.QUEUED;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Returns the next operations, in order of arrival. Only the first operation of each gid is included, so that a
     * second operation waits for the next batch. Waits at most that many nanoseconds for an operation. Returns an empty
     * list after that time, or once the queue is closed.
     */
    List<Pending> take(int maxOperations, long maxBytes, long mostNanos) throws InterruptedException {
        lock.lock();
        try {
            long nanos = mostNanos;
            while (waiting.isEmpty() && !isClosed && nanos > 0) {
                nanos = arrived.awaitNanos(nanos);
            }
            return isClosed ? List.of() : takeFirstOfEachGid(maxOperations, maxBytes);
        } finally {
            lock.unlock();
        }
    }

    private List<Pending> takeFirstOfEachGid(int maxOperations, long maxBytes) {
        List<Pending> taken = new ArrayList<>(Math.min(maxOperations, waiting.size()));
        List<Pending> second = new ArrayList<>();
        Set<String> gids = HashSet.newHashSet(Math.min(maxOperations, waiting.size()));
        long bytes = 0;
        while (taken.size() < maxOperations && bytes < maxBytes && !waiting.isEmpty()) {
            Pending next = waiting.poll();
            if (gids.add(next.gid())) {
                taken.add(next);
                bytes += next.bytes();
                left(next);
            } else {
                second.add(next);
            }
        }
        for (Pending pending : second.reversed()) {
            waiting.addFirst(pending);
        }
        return taken;
    }

    /** Removes and returns all operations that may be refused. */
    List<Pending> removeRefusable() {
        lock.lock();
        try {
            List<Pending> removed = new ArrayList<>();
            for (Iterator<Pending> each = waiting.iterator(); each.hasNext(); ) {
                Pending pending = each.next();
                if (pending.isRefusable()) {
                    each.remove();
                    left(pending);
                    removed.add(pending);
                }
            }
            return removed;
        } finally {
            lock.unlock();
        }
    }

    private void left(Pending pending) {
        if (pending.isRefusable()) {
            refusable--;
            refusableBytes -= pending.bytes();
        }
    }

    int size() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }

    boolean isClosed() {
        lock.lock();
        try {
            return isClosed;
        } finally {
            lock.unlock();
        }
    }

    /** Closes the queue, and returns the waiting operations. */
    List<Pending> close() {
        lock.lock();
        try {
            isClosed = true;
            List<Pending> left = new ArrayList<>(waiting);
            waiting.clear();
            arrived.signalAll();
            return left;
        } finally {
            lock.unlock();
        }
    }
}
