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
 * How many messages may leave for each destination now, and those that are claimed and wait in memory for others to
 * end. A destination that has given no answer for some attempts on end gets none for a while, then a single one, and
 * all again once it has answered. Known to this relay alone. Thread-safe.
 */
final class Circuits {
    private static final int OPENS_AFTER = 5;
    private static final Duration LONGEST_OPEN = Duration.ofSeconds(30);
    /** Under way in all, unless there are more destinations than that. */
    private static final int MOST_UNDER_WAY = 1000;

    private final int mostForOne;
    private final Retry waits;
    private final RandomGenerator random;
    /** Destinations with something under way or waiting, or a circuit that is not as new. */
    private final Map<String, State> states = new HashMap<>();

    private static final class State {
        final Queue<Chain> heldBack = new ArrayDeque<>();
        int underWay;
        int unansweredOnEnd;
        int timesOpened;
        long openUntilNanos;

        boolean isOpen() {
            return unansweredOnEnd >= OPENS_AFTER;
        }
    }

    /** @param waits for which a circuit stays open, but no longer than 30 s */
    Circuits(int mostForOne, Retry waits, RandomGenerator random) {
        this.mostForOne = mostForOne;
        this.waits = waits;
        this.random = random;
    }

    /** Has a chain wait for room at its destination. */
    synchronized void holdBack(Chain chain) {
        state(chain.destination()).heldBack.add(chain);
    }

    /** A chain that waits no longer: it leaves, and counts as under way, or it is given back. */
    record Released(Chain chain, boolean leaves) {}

    /**
     * Releases the first chain that waits for a destination; empty while there is no room, or none waits. While a
     * circuit is open all are given back.
     */
    synchronized Optional<Released> release(String destination, boolean mayStart) {
        State state = state(destination);
        Chain first = state.heldBack.peek();
        boolean hasRoom = room(state, System.nanoTime()) > 0;
        if (first == null || (mayStart && first.mayStart() && !hasRoom && !state.isOpen())) {
            forgetIfNew(destination, state);
            return Optional.empty();
        }
        boolean leaves = mayStart && first.mayStart() && hasRoom;
        state.heldBack.remove();
        state.underWay += leaves ? 1 : 0;
        forgetIfNew(destination, state);
        return Optional.of(new Released(first, leaves));
    }

    /** Counts one more under way, if there is room. */
    synchronized boolean tryEnter(String destination) {
        State state = state(destination);
        boolean hasRoom = room(state, System.nanoTime()) > 0;
        state.underWay += hasRoom ? 1 : 0;
        return hasRoom;
    }

    private State state(String destination) {
        return states.computeIfAbsent(destination, unknown -> new State());
    }

    /** Counts one less. */
    synchronized void leave(String destination, boolean isAnswered) {
        State state = state(destination);
        state.underWay--;
        if (isAnswered) {
            state.unansweredOnEnd = 0;
            state.timesOpened = 0;
        } else {
            state.unansweredOnEnd++;
            open(state);
        }
        forgetIfNew(destination, state);
    }

    private void forgetIfNew(String destination, State state) {
        if (state.underWay == 0 && state.heldBack.isEmpty() && state.unansweredOnEnd == 0) {
            states.remove(destination);
        }
    }

    /**
     * How many may be claimed, for those with another room than {@link #roomElsewhere}: half as many again as may
     * leave.
     */
    synchronized Map<String, Integer> rooms() {
        long now = System.nanoTime();
        int ahead = mostUnderWay() / 2;
        Map<String, Integer> rooms = new HashMap<>();
        states.forEach((destination, state) -> rooms.put(
                destination,
                state.isOpen()
                        ? room(state, now)
                        : Math.max(0, mostUnderWay() + ahead - state.underWay - state.heldBack.size())));
        return rooms;
    }

    /** For destinations that nothing is known of. */
    synchronized int roomElsewhere() {
        return mostUnderWay() + mostUnderWay() / 2;
    }

    private int mostUnderWay() {
        return Math.max(1, Math.min(mostForOne, MOST_UNDER_WAY / Math.max(1, states.size())));
    }

    /** How long until a circuit lets one through again; {@code longest} if none does by then. */
    synchronized Duration untilProbe(Duration longest) {
        long now = System.nanoTime();
        long nanos = states.values().stream()
                .filter(state -> state.isOpen() && state.underWay == 0)
                .mapToLong(state -> Math.max(0, state.openUntilNanos - now))
                .min()
                .orElse(Long.MAX_VALUE);
        return Duration.ofNanos(Math.min(nanos, longest.toNanos()));
    }

    /** How many destinations get no messages now. */
    synchronized int open() {
        return (int) states.values().stream().filter(State::isOpen).count();
    }

    private void open(State state) {
        long now = System.nanoTime();
        if (!state.isOpen() || (state.timesOpened > 0 && now - state.openUntilNanos < 0)) {
            return; // those that left before it opened change nothing
        }
        state.timesOpened++;
        Duration wait = waits.waitAfter(state.timesOpened, random);
        state.openUntilNanos = now + Math.min(wait.toNanos(), LONGEST_OPEN.toNanos());
    }

    private int room(State state, long now) {
        if (!state.isOpen()) {
            return Math.max(0, mostUnderWay() - state.underWay);
        }
        return state.underWay == 0 && now - state.openUntilNanos >= 0 ? 1 : 0;
    }
}
