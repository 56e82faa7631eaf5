package dev.entente.outbox;

import dev.entente.client.Retry;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.random.RandomGenerator;

/**
 * The number of messages that may be sent to each destination now, and the claimed messages that wait in memory. A
 * destination gets no messages for some time after several consecutive unanswered attempts. The destination then gets
 * one message. After an answer, the destination gets all messages again. The state belongs to this relay only.
 * Thread-safe.
 */
final class Circuits {
    private static final int OPENS_AFTER = 5;
    private static final Duration LONGEST_OPEN = Duration.ofSeconds(30);
    /** The limit of concurrent messages for all destinations, unless there are more destinations than this. */
    private static final int MAX_IN_FLIGHT = 1000;

    private final int mostForOne;
    private final Retry waits;
    private final RandomGenerator random;
    /** Destinations with messages in flight or waiting, or with unanswered attempts. */
    private final Map<String, State> states = new HashMap<>();

    private static final class State {
        final Queue<Chain> heldBack = new ArrayDeque<>();
        int inFlightCount;
        int unansweredInARow;
        int timesOpened;
        long openUntilNanos;

        boolean isOpen() {
            return unansweredInARow >= OPENS_AFTER;
        }
    }

    /** @param waits the times for which a circuit stays open; at most 30 s are used */
    Circuits(int mostForOne, Retry waits, RandomGenerator random) {
        this.mostForOne = mostForOne;
        this.waits = waits;
        this.random = random;
    }

    /** Queues a chain until its destination has capacity. */
    synchronized void holdBack(Chain chain) {
        state(chain.destination()).heldBack.add(chain);
    }

    /** A chain that stopped waiting: it is sent and counts as in flight, or its claim is given back. */
    record Released(Chain chain, boolean leaves) {}

    /**
     * Releases the first waiting chain of a destination; empty without capacity or without a waiting chain. While a
     * circuit is open, all chains but the probe are given back.
     */
    synchronized Optional<Released> release(String destination, boolean mayStart) {
        State state = state(destination);
        Chain first = state.heldBack.peek();
        boolean hasCapacity = capacity(state, System.nanoTime()) > 0;
        if (first == null || (mayStart && first.mayStart() && !hasCapacity && !state.isOpen())) {
            forgetIfNew(destination, state);
            return Optional.empty();
        }
        boolean leaves = mayStart && first.mayStart() && hasCapacity;
        state.heldBack.remove();
        state.inFlightCount += leaves ? 1 : 0;
        forgetIfNew(destination, state);
        return Optional.of(new Released(first, leaves));
    }

    /** Counts one more message in flight if the destination has capacity. */
    synchronized boolean tryEnter(String destination) {
        State state = state(destination);
        boolean hasCapacity = capacity(state, System.nanoTime()) > 0;
        state.inFlightCount += hasCapacity ? 1 : 0;
        return hasCapacity;
    }

    private State state(String destination) {
        return states.computeIfAbsent(destination, unknown -> new State());
    }

    /** Counts one message in flight less. */
    synchronized void leave(String destination, boolean isAnswered) {
        State state = state(destination);
        state.inFlightCount--;
        if (isAnswered) {
            state.unansweredInARow = 0;
            state.timesOpened = 0;
        } else {
            state.unansweredInARow++;
            open(state);
        }
        forgetIfNew(destination, state);
    }

    private void forgetIfNew(String destination, State state) {
        if (state.inFlightCount == 0 && state.heldBack.isEmpty() && state.unansweredInARow == 0) {
            states.remove(destination);
        }
    }

    /**
     * Returns how many messages may be claimed for each destination with a limit other than {@link #capacityElsewhere}.
     * Claims may exceed the in-flight limit by half.
     */
    synchronized Map<String, Integer> capacities() {
        long now = System.nanoTime();
        int ahead = maxInFlight() / 2;
        Map<String, Integer> capacities = new HashMap<>();
        states.forEach((destination, state) -> capacities.put(
                destination,
                state.isOpen()
                        ? capacity(state, now)
                        : Math.max(0, maxInFlight() + ahead - state.inFlightCount - state.heldBack.size())));
        return capacities;
    }

    /** Returns how many messages may be claimed for a destination without a state. */
    synchronized int capacityElsewhere() {
        return maxInFlight() + maxInFlight() / 2;
    }

    private int maxInFlight() {
        return Math.max(1, Math.min(mostForOne, MAX_IN_FLIGHT / Math.max(1, states.size())));
    }

    /** Returns the time until a circuit permits a probe, at most {@code longest}. */
    synchronized Duration untilProbe(Duration longest) {
        long now = System.nanoTime();
        long nanos = states.values().stream()
                .filter(state -> state.isOpen() && state.inFlightCount == 0)
                .mapToLong(state -> Math.max(0, state.openUntilNanos - now))
                .min()
                .orElse(Long.MAX_VALUE);
        return Duration.ofNanos(Math.min(nanos, longest.toNanos()));
    }

    /** Returns how many destinations get no messages now. */
    synchronized int open() {
        return (int) states.values().stream().filter(State::isOpen).count();
    }

    private void open(State state) {
        long now = System.nanoTime();
        if (!state.isOpen() || (state.timesOpened > 0 && now - state.openUntilNanos < 0)) {
            return; // attempts that began before the circuit opened change nothing
        }
        state.timesOpened++;
        Duration wait = waits.waitAfter(state.timesOpened, random);
        state.openUntilNanos = now + Math.min(wait.toNanos(), LONGEST_OPEN.toNanos());
    }

    private int capacity(State state, long now) {
        if (!state.isOpen()) {
            return Math.max(0, maxInFlight() - state.inFlightCount);
        }
        return state.inFlightCount == 0 && now - state.openUntilNanos >= 0 ? 1 : 0;
    }
}
