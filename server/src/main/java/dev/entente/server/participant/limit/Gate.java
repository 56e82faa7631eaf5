package dev.entente.server.participant.limit;

import dev.entente.server.participant.EventLoops;
import dev.entente.server.participant.limit.InFlightLimit.Entrant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * The gate that every call to one participant passes: its place in the limit, and where it must, the wait for a
 * connection. Thread-safe.
 */
final class Gate {
    private static final long SWEEP_MILLIS = 50;

    private final EventLoops loops;
    private final Circuit.Rules rules;
    private final Circuit circuit;
    private final InFlightLimit limit;
    private final ConnectionSource connections;
    private final ConnectionWait connecting = new ConnectionWait();
    private final Supplier<String> whyUnreachable;
    private final AtomicBoolean isSweeping = new AtomicBoolean();
    /** When {@link #room} was asked for last. */
    private final AtomicLong admittedBefore = new AtomicLong();

    private volatile long renewAtNanos = System.nanoTime();

    /** @param whyUnreachable why no connection can be had, or empty where nobody knows */
    Gate(
            EventLoops loops,
            Circuit.Rules rules,
            Circuit circuit,
            InFlightLimit limit,
            ConnectionSource connections,
            Supplier<String> whyUnreachable) {
        this.loops = loops;
        this.rules = rules;
        this.circuit = circuit;
        this.limit = limit;
        this.connections = connections;
        this.whyUnreachable = whyUnreachable;
    }

    /** Lets it in now or later, or turns it away. */
    void submit(Entrant call) {
        if (limit.admits(call)) {
            call.enter();
        }
        if (limit.waiting() > 0) {
            sweepSoon();
        }
    }

    /** One timer for all that wait, not one for each: under load many wait, and hardly any in vain. */
    private void sweepSoon() {
        if (isSweeping.compareAndSet(false, true)) {
            var _ = loops.group().schedule(this::sweep, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private void sweep() {
        try {
            limit.sweep();
            sweepConnecting();
        } finally {
            isSweeping.set(false);
            // Who came before that saw a sweep that was not going to come.
            if (waiting() > 0) {
                sweepSoon();
            }
        }
    }

    // ---- without a connection

    /**
     * A call that was let in finds no connection, or the circuit open: it gives its place back and comes again when
     * there is one.
     */
    void awaitConnection(Entrant call) {
        boolean waits = connecting.add(call, System.nanoTime());
        limit.release();
        if (waits) {
            connections.request(this::connectionChanged);
            sweepSoon();
            // It may have come between the look and the request.
            if (connections.isOpen()) {
                letIn();
            }
        } else {
            call.turnAway("too many calls wait for a connection already");
        }
    }

    private void connectionChanged() {
        if (connecting.isEmpty()) {
            return;
        }
        if (connections.isOpen()) {
            circuit.connected();
            letIn();
        } else {
            connections.request(this::connectionChanged);
        }
    }

    private void sweepConnecting() {
        if (connecting.isEmpty()) {
            return;
        }
        long now = System.nanoTime();
        String known = whyUnreachable.get();
        String why = known.isEmpty() ? "no connection in time" : "no connection: " + known;
        connecting.takeLate(now).forEach(call -> call.turnAway(why));
        if (connections.isOpen()) {
            letIn();
        } else if (now - renewAtNanos >= 0) {
            renewAtNanos = now + rules.pauseNanos();
            // One goes and finds out why there is none.
            connecting.take(1).forEach(this::submit);
            if (connections.renew()) {
                brokenForAll();
            }
            connections.request(this::connectionChanged);
        }
    }

    /** Each of those that wait has found the link broken, though one alone has tried it. */
    private void brokenForAll() {
        for (int i = Math.min(connecting.size(), rules.brokenLinks()); i > 0; i--) {
            circuit.report(Circuit.Link.BROKEN);
        }
    }

    private void letIn() {
        List<Entrant> calls = circuit.state() == Circuit.State.CLOSED
                ? connecting.takeSlice(System.nanoTime(), roomAtFirst())
                : connecting.take(circuit.probes());
        for (Entrant call : calls) {
            call.connected();
            submit(call);
        }
    }

    /**
     * How many more may be under way at once to a participant that has come back: few at first, as {@link SlowStart}
     * says.
     */
    private int roomAtFirst() {
        int room = Math.max(0, limit.max() - limit.inFlight() - limit.waiting());
        return limit.slowStart().isOver() ? Math.min(SlowStart.FIRST, room) : room;
    }

    // ---- how full it is

    int waiting() {
        return limit.waiting() + connecting.size();
    }

    boolean isIdle() {
        return limit.inFlight() == 0 && waiting() == 0;
    }

    /**
     * How many more calls would leave before long. As many as may be under way wait behind them at most, so that it
     * gets more as soon as it answers. Where others fill the queue but it moves, a few more all the same: what rests
     * must not wait for ever behind what is new. Where it cannot be reached one is enough to find out.
     */
    int room() {
        if (!connecting.isEmpty()) {
            return 0;
        }
        if (circuit.state() != Circuit.State.CLOSED) {
            return isIdle() ? 1 : 0;
        }
        int few = Math.max(1, limit.max() / 4);
        long admitted = limit.admitted();
        boolean isMoving = admitted - admittedBefore.getAndSet(admitted) >= few;
        int waiting = limit.waiting();
        int room = 2 * limit.max() - limit.inFlight() - waiting;
        return room <= 0 && isMoving && waiting < 4 * limit.max() ? few : Math.max(0, room);
    }
}
