package dev.entente.server.participant.limit;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * Keeps calls away from a participant whose link is broken. After so many broken links in a row it opens; when a pause
 * has passed, one call goes out to see, and a few at once when there is a connection again; the first answer closes it,
 * else another pause begins. Only broken links count: a participant that answers, however badly, and one that is slow,
 * costs nobody but those who call it. Thread-safe; the closed path reads one volatile field.
 *
 * <p>The idea is Michael Nygard's (Release It!).
 */
public final class Circuit {
    /** The state of the link as a finished call has found it. */
    public enum Link {
        /** Something came back. */
        ANSWERED,
        /** Nothing came back in time. */
        SILENT,
        /** Nothing came back, and nothing can: refused, reset, unreachable. */
        BROKEN
    }

    /** The states of a circuit. */
    public enum State {
        CLOSED,
        HALF_OPEN,
        OPEN
    }

    /** How long a call waits for a connection: name, connect, TLS. */
    public static final Duration CONNECT = Duration.ofSeconds(10);

    /**
     * When it opens and how long it stays so.
     *
     * @param brokenLinks in a row that open it, at least 1
     * @param pause before each probe, jittered down to half of it
     * @param connect how long a call waits for a connection
     * @param nanoTime a monotonic clock
     * @param jitter uniform in [0, 1)
     */
    public record Rules(
            int brokenLinks, Duration pause, Duration connect, LongSupplier nanoTime, DoubleSupplier jitter) {
        public static Rules standard(Duration connect) {
            return new Rules(
                    20,
                    Duration.ofSeconds(1),
                    connect,
                    System::nanoTime,
                    () -> ThreadLocalRandom.current().nextDouble());
        }

        /** Returns a pause in nanoseconds, jittered. */
        long pauseNanos() {
            return (long) (pause.toNanos() * (0.5 + jitter.getAsDouble() / 2));
        }
    }

    /** As many calls go out to see when there is a connection: one alone may happen to take long, or to be lost. */
    static final int PROBES_WHEN_CONNECTED = 4;

    /** Spreads what begins to wait again at one moment. */
    private static final long LONGEST_REST_MILLIS = 50;

    private final Rules rules;
    private final SlowStart slowStart;
    private final AtomicInteger brokenInARow = new AtomicInteger();
    private volatile State state = State.CLOSED;
    /** How many may go out to see now. */
    private int probes = 1;

    private long probeAtNanos;

    /** @param slowStart told of each answer, of each silence, and when it closes after it was open */
    Circuit(Rules rules, SlowStart slowStart) {
        this.rules = rules;
        this.slowStart = slowStart;
    }

    public State state() {
        return state;
    }

    /** The state as the metric shows it. */
    int gauge() {
        return switch (state) {
            case CLOSED -> 0;
            case HALF_OPEN -> 1;
            case OPEN -> 2;
        };
    }

    /** Tells whether a call may go now. If so, the caller must call and then {@link #report}. */
    public boolean admits() {
        return state == State.CLOSED || admitsUnlessClosed();
    }

    private synchronized boolean admitsUnlessClosed() {
        if (state == State.CLOSED) {
            return true;
        }
        long now = rules.nanoTime().getAsLong();
        if (now - probeAtNanos < 0) {
            return false;
        }
        state = State.HALF_OPEN;
        probes--;
        if (probes <= 0) {
            // A call may take an hour for reasons of its own: then another goes out to see.
            probes = 1;
            probeAtNanos = now + rules.pause().toNanos();
        }
        return true;
    }

    /** Returns how many calls that ask now would go out to see; 0 while it is closed. */
    synchronized int probes() {
        return state == State.CLOSED || rules.nanoTime().getAsLong() - probeAtNanos < 0 ? 0 : probes;
    }

    /** There is a connection again: the next calls go out to see at once. */
    synchronized void connected() {
        if (state == State.OPEN) {
            probeAtNanos = rules.nanoTime().getAsLong();
            probes = PROBES_WHEN_CONNECTED;
        }
    }

    /** How long who may not go had better wait; jittered, so that not all come back at one moment. */
    public synchronized Duration pause() {
        long left = state == State.OPEN ? probeAtNanos - rules.nanoTime().getAsLong() : 0;
        long floor = rules.pause().toNanos() / 2;
        return Duration.ofNanos(
                (long) (Math.max(left, floor) * (1 + rules.jitter().getAsDouble() / 2)));
    }

    /**
     * How long who waited for a connection as long as it may had better rest before it waits again: hardly at all.
     * Whoever rests does not see that the participant is back.
     */
    public Duration rest() {
        return Duration.ofMillis(1 + (long) (rules.jitter().getAsDouble() * LONGEST_REST_MILLIS));
    }

    /** Takes note of how a call ended. */
    public void report(Link link) {
        switch (link) {
            case ANSWERED -> {
                if (brokenInARow.get() != 0 || state != State.CLOSED) {
                    close();
                }
                slowStart.answered();
            }
            case SILENT -> {
                slowStart.unanswered();
                if (state == State.HALF_OPEN) {
                    open();
                }
            }
            case BROKEN -> {
                if (brokenInARow.incrementAndGet() >= rules.brokenLinks() && state != State.OPEN) {
                    open();
                }
            }
        }
    }

    private synchronized void close() {
        if (state != State.CLOSED) {
            slowStart.begin();
        }
        brokenInARow.set(0);
        state = State.CLOSED;
    }

    private synchronized void open() {
        if (state == State.OPEN) {
            return;
        }
        probeAtNanos = rules.nanoTime().getAsLong() + rules.pauseNanos();
        probes = 1;
        state = State.OPEN;
    }
}
