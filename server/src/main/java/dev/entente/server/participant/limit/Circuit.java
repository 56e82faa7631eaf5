package dev.entente.server.participant.limit;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * Keeps calls away from a participant whose link is broken. After so many broken links in a row it opens; when a pause
 * has passed, one call goes out to see, and a few at once when there is a connection again; the first answer closes it,
 * else a longer pause begins. Only broken links count: a participant that answers, however badly, and one that is slow,
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

    /** The permission that a call gets. */
    public enum Admission {
        GO,
        /** Go, and be the one that finds out. */
        PROBE,
        WAIT
    }

    /** The states of a circuit, each with its number in the metrics. */
    public enum State {
        CLOSED(0),
        HALF_OPEN(1),
        OPEN(2);

        private final int gauge;

        State(int gauge) {
            this.gauge = gauge;
        }

        /** As the metric shows it. */
        int gauge() {
            return gauge;
        }
    }

    /** How long a call waits for a connection: name, connect, TLS. */
    public static final Duration CONNECT = Duration.ofSeconds(10);

    /**
     * When it opens and how long it stays so.
     *
     * @param brokenLinks in a row that open it, at least 1
     * @param firstPause before the first probe; each further one doubles it
     * @param maxPause cap of that growth
     * @param connect how long a call waits for a connection
     * @param nanoTime a monotonic clock
     * @param jitter uniform in [0, 1)
     */
    public record Rules(
            int brokenLinks,
            Duration firstPause,
            Duration maxPause,
            Duration connect,
            LongSupplier nanoTime,
            DoubleSupplier jitter) {
        public static Rules standard(Duration connect) {
            return new Rules(
                    20,
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(1),
                    connect,
                    System::nanoTime,
                    () -> ThreadLocalRandom.current().nextDouble());
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
    private int openings;
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

    /** Tells whether the last call found the link broken. */
    boolean isShaken() {
        return brokenInARow.get() != 0;
    }

    /** Decides whether a call may go now. After GO or PROBE the caller must call and then {@link #report}. */
    public Admission admit() {
        return state == State.CLOSED ? Admission.GO : admitUnlessClosed();
    }

    private synchronized Admission admitUnlessClosed() {
        if (state == State.CLOSED) {
            return Admission.GO;
        }
        long now = rules.nanoTime().getAsLong();
        if (now - probeAtNanos < 0) {
            return Admission.WAIT;
        }
        state = State.HALF_OPEN;
        probes--;
        if (probes <= 0) {
            // A call may take an hour for reasons of its own: then another goes out to see.
            probes = 1;
            probeAtNanos = now + rules.maxPause().toNanos();
        }
        return Admission.PROBE;
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

    /** How long who was told WAIT had better wait; jittered, so that not all come back at one moment. */
    public synchronized Duration pause() {
        long left = state == State.OPEN ? probeAtNanos - rules.nanoTime().getAsLong() : 0;
        long floor = rules.firstPause().toNanos() / 2;
        return Duration.ofNanos(
                (long) (Math.max(left, floor) * (1 + rules.jitter().getAsDouble() / 2)));
    }

    /**
     * How long who waited in vain for a connection had better rest before it waits again: hardly at all, if it waited
     * for long. Whoever rests does not see that the participant is back.
     */
    public Duration rest() {
        if (rules.connect().compareTo(rules.firstPause()) < 0) {
            return pause();
        }
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
        openings = 0;
        state = State.CLOSED;
    }

    private synchronized void open() {
        if (state == State.OPEN) {
            return;
        }
        long longest = rules.maxPause().toNanos();
        long pause = Math.min(longest, rules.firstPause().toNanos() << Math.min(openings, 20));
        probeAtNanos = rules.nanoTime().getAsLong()
                + (long) (pause * (0.5 + rules.jitter().getAsDouble() / 2));
        openings++;
        probes = 1;
        state = State.OPEN;
    }
}
