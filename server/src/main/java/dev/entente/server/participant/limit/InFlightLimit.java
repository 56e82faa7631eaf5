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
 * The limit of concurrent calls to one participant. Further calls wait, first come, first served. Thus a participant
 * that hangs blocks only its own calls. Thread-safe, without locks: one thread drains the queue for all threads, so
 * that a call that fails at once does not start the next call recursively.
 */
public final class InFlightLimit {

    /** A call before it leaves. */
    public interface WaitingCall {
        /** Starts the call. Must end in exactly one {@link InFlightLimit#release}, whether the call left or not. */
        void enter();

        /** Rejects the call, because it cannot leave in time. No release follows. */
        void rejectCall(String why);

        boolean isTooLate(long nanoTime);

        /** Reports that there is a connection for a call that has waited for one. */
        default void connected() {}

        /** Returns when the transaction was created: calls that wait for a connection leave in this order. */
        default Instant createdAt() {
            return Instant.EPOCH;
        }

        /** Returns whether the call should stop waiting. */
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
    private final ConcurrentLinkedQueue<WaitingCall> queue = new ConcurrentLinkedQueue<>();
    private volatile boolean sweepIsDue;
    /** The number of admitted calls that had to wait; written only by the draining thread. */
    private final AtomicLong admitted = new AtomicLong();

    /** @param defectCaught runs for each defect that was caught and logged */
    InFlightLimit(int maxInFlight, int maxWaiting, Runnable defectCaught) {
        this.slowStart = new SlowStart(maxInFlight);
        this.maxWaiting = maxWaiting;
        this.defectCaught = defectCaught;
    }

    /** Returns how many calls were admitted so far after a wait. */
    long admitted() {
        return admitted.get();
    }

    /** Iterates over the waiting calls; weakly consistent. */
    void forEachWaiting(Consumer<WaitingCall> action) {
        queue.forEach(action);
    }

    /** Returns how many calls may be in flight now. */
    int max() {
        return slowStart.allowed();
    }

    int inFlight() {
        return inFlight.get();
    }

    /** Returns the slow start, which sets the limit by the reported answers and recoveries. */
    SlowStart slowStart() {
        return slowStart;
    }

    int waiting() {
        return waiting.get();
    }

    /**
     * Returns whether the caller must enter the call now. Otherwise the call waits in the queue, or is rejected at once
     * if too many calls wait.
     */
    boolean admits(WaitingCall waitingCall) {
        if (waiting.get() == 0 && tryTake()) {
            return true;
        }
        if (waiting.incrementAndGet() > maxWaiting) {
            waiting.decrementAndGet();
            waitingCall.rejectCall(maxWaiting + " calls already wait");
        } else {
            queue.add(waitingCall);
            drain();
        }
        return false;
    }

    /** Releases the place of a finished call, and admits the next call. */
    void release() {
        inFlight.decrementAndGet();
        if (waiting.get() > 0) {
            drain();
        }
    }

    /** Rejects the calls that have waited too long or are no longer needed. */
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

    /** Drains the queue on one thread at a time; other threads only record that there is more to do. */
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
        safely("could not start the calls that wait for free capacity", () -> {
            if (sweepIsDue) {
                sweepIsDue = false;
                rejectLate();
            }
            admitWaiting();
        });
    }

    /**
     * Catches any exception. If a thread left the drain by an exception, all waiting calls would block forever. A call
     * that throws must not block the calls behind it.
     */
    private void safely(String what, Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error defect) { // counted; the next call continues
            defectCaught.run();
            LOG.error(what, defect);
        }
    }

    private void admitWaiting() {
        while (tryTake()) {
            WaitingCall next = queue.poll();
            if (next == null) {
                inFlight.decrementAndGet();
                return;
            }
            waiting.decrementAndGet();
            admitted.lazySet(admitted.get() + 1);
            safely("could not start a call", next::enter);
        }
    }

    private void rejectLate() {
        long now = System.nanoTime();
        for (Iterator<WaitingCall> all = queue.iterator(); all.hasNext(); ) {
            WaitingCall waitingCall = all.next();
            boolean isUnwanted = waitingCall.isUnwanted();
            if (isUnwanted || waitingCall.isTooLate(now)) {
                all.remove();
                waiting.decrementAndGet();
                String why = isUnwanted
                        ? "the call was cancelled while it waited"
                        : inFlight.get() + " calls were in flight the whole time";
                safely("could not refuse a call", () -> waitingCall.rejectCall(why));
            }
        }
    }
}
