package dev.entente.server.participant.limit;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Stops calls to a participant with a broken link. The circuit opens after a number of consecutive broken links. After
 * a pause one probe call leaves; several probes leave at once if there is a connection again. The first response closes
 * the circuit; otherwise another pause begins. Only broken links count: an error response or a slow response affects
 * only its own caller. Thread-safe; the closed path reads one volatile field.
 *
 * <p>The idea is Michael Nygard's (Release It!).
 */
public final class Circuit {
    /** The state of the link, as a finished call has observed it. */
    public enum Link {
        /** There was a response. */
        ANSWERED,
        /** There was no response in time. */
        SILENT,
        /** No response is possible: refused, reset, unreachable. */
        BROKEN
    }

    /** The states of a circuit. */
    public enum State {
        CLOSED,
        HALF_OPEN,
        OPEN
    }

    /** The default time limit of a wait for a connection: name resolution, connect, TLS. */
    public static final Duration CONNECT = Duration.ofSeconds(10);

    /**
     * The limits of a circuit.
     *
     * @param brokenLinks the number of consecutive broken links that opens the circuit, at least 1
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

    /** The number of probes after a connection is made: a single probe may be slow or lost. */
    static final int PROBES_WHEN_CONNECTED = 4;

    /** The maximum rest, which spreads calls that would otherwise wait again at the same moment. */
    private static final long LONGEST_REST_MILLIS = 50;

    private final Rules rules;
    private final SlowStart slowStart;
    private final AtomicInteger brokenInARow = new AtomicInteger();
    private volatile State state = State.CLOSED;
    /** The end of the first call without a response after the last response; null after a response. */
    private volatile @Nullable Long unansweredSinceNanos;

    /** The number of probes that may leave now. */
    private int probes = 1;

    private long probeAtNanos;

    /** @param slowStart receives each answer, each silence, and each closing of an open circuit */
    Circuit(Rules rules, SlowStart slowStart) {
        this.rules = rules;
        this.slowStart = slowStart;
    }

    public State state() {
        return state;
    }

    /** Returns the time since the first call without a response after the last response; null after a response. */
    @Nullable
    Duration unanswered() {
        Long since = unansweredSinceNanos;
        return since == null ? null : Duration.ofNanos(rules.nanoTime().getAsLong() - since);
    }

    /** Returns the state as a metric value. */
    int gauge() {
        return switch (state) {
            case CLOSED -> 0;
            case HALF_OPEN -> 1;
            case OPEN -> 2;
        };
    }

    /** Returns whether a call may leave now. If so, the caller must make the call and then {@link #report}. */
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
            // A probe may legitimately take an hour. Then another probe leaves after a pause.
            probes = 1;
            probeAtNanos = now + rules.pause().toNanos();
        }
        return true;
    }

    /** Returns how many calls could leave as probes now; 0 while the circuit is closed. */
    synchronized int probes() {
        return state == State.CLOSED || rules.nanoTime().getAsLong() - probeAtNanos < 0 ? 0 : probes;
    }

    /** Allows the next probes at once, because there is a connection again. */
    synchronized void connected() {
        if (state == State.OPEN) {
            probeAtNanos = rules.nanoTime().getAsLong();
            probes = PROBES_WHEN_CONNECTED;
        }
    }

    /** Returns how long a refused call should wait; jittered, so that the calls do not return at the same moment. */
    public synchronized Duration pause() {
        long left = state == State.OPEN ? probeAtNanos - rules.nanoTime().getAsLong() : 0;
        long floor = rules.pause().toNanos() / 2;
        return Duration.ofNanos(
                (long) (Math.max(left, floor) * (1 + rules.jitter().getAsDouble() / 2)));
    }

    /**
     * Returns how long a call rests after the maximum wait for a connection: 1 to 50 ms. The rest is short, because a
     * resting call does not notice that the participant is available again.
     */
    public Duration rest() {
        return Duration.ofMillis(1 + (long) (rules.jitter().getAsDouble() * LONGEST_REST_MILLIS));
    }

    /** Records how a call finished. */
    public void report(Link link) {
        switch (link) {
            case ANSWERED -> {
                if (unansweredSinceNanos != null || brokenInARow.get() != 0 || state != State.CLOSED) {
                    close();
                }
                slowStart.answered();
            }
            case SILENT -> {
                slowStart.unanswered();
                noteUnanswered();
                if (state == State.HALF_OPEN) {
                    open();
                }
            }
            case BROKEN -> {
                noteUnanswered();
                if (brokenInARow.incrementAndGet() >= rules.brokenLinks() && state != State.OPEN) {
                    open();
                }
            }
        }
    }

    private void noteUnanswered() {
        if (unansweredSinceNanos == null) {
            unansweredSinceNanos = rules.nanoTime().getAsLong();
        }
    }

    private synchronized void close() {
        if (state != State.CLOSED) {
            slowStart.begin();
        }
        brokenInARow.set(0);
        unansweredSinceNanos = null;
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
