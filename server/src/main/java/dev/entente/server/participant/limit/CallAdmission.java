package dev.entente.server.participant.limit;

import dev.entente.server.participant.EventLoops;
import dev.entente.server.participant.limit.InFlightLimit.WaitingCall;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * The admission of every call to one participant: a place in the limit and, if necessary, a wait for a connection.
 * Thread-safe.
 */
final class CallAdmission {
    private static final long SWEEP_MILLIS = 50;

    private final EventLoops loops;
    private final Circuit.Rules rules;
    private final Circuit circuit;
    private final InFlightLimit limit;
    private final ConnectionSource connections;
    private final ConnectionWait connecting = new ConnectionWait();
    private final Supplier<String> whyUnreachable;
    private final AtomicBoolean isSweeping = new AtomicBoolean();
    /** The number of admitted calls at the previous call of {@link #capacity}. */
    private final AtomicLong admittedBefore = new AtomicLong();

    private volatile long renewAtNanos = System.nanoTime();

    /** @param whyUnreachable why no connection is possible, or empty if the reason is unknown */
    CallAdmission(
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

    /** Admits a call now or later, or rejects the call. */
    void submit(WaitingCall call) {
        if (limit.admits(call)) {
            call.enter();
        }
        if (limit.waiting() > 0) {
            sweepSoon();
        }
    }

    /** Schedules one timer for all waiting calls: under load many calls wait, and few of them time out. */
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
            // A call that arrived before this reset saw the flag, and scheduled no sweep.
            if (waiting() > 0) {
                sweepSoon();
            }
        }
    }

    // ---- without a connection

    /**
     * Handles an admitted call that finds no connection or an open circuit. The call releases its place, and is
     * submitted again when there is a connection.
     */
    void awaitConnection(WaitingCall call) {
        boolean waits = connecting.add(call, System.nanoTime());
        limit.release();
        if (waits) {
            connections.request(this::connectionChanged);
            sweepSoon();
            // A connection may have opened between the check and the request.
            if (connections.isOpen()) {
                letIn();
            }
        } else {
            call.rejectCall("too many calls already wait for a connection");
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
        connecting.takeLate(now).forEach(call -> call.rejectCall(why));
        if (connections.isOpen()) {
            letIn();
        } else if (now - renewAtNanos >= 0) {
            renewAtNanos = now + rules.pauseNanos();
            // One call tries to connect and finds the reason.
            connecting.take(1).forEach(this::submit);
            if (connections.renew()) {
                brokenForAll();
            }
            connections.request(this::connectionChanged);
        }
    }

    /** Reports broken links for the waiting calls, up to the number that opens the circuit; only one call has tried. */
    private void brokenForAll() {
        for (int i = Math.min(connecting.size(), rules.brokenLinks()); i > 0; i--) {
            circuit.report(Circuit.Link.BROKEN);
        }
    }

    private void letIn() {
        List<WaitingCall> calls = circuit.state() == Circuit.State.CLOSED
                ? connecting.takeSlice(System.nanoTime(), capacityAtFirst())
                : connecting.take(circuit.probes());
        for (WaitingCall call : calls) {
            call.connected();
            submit(call);
        }
    }

    /**
     * Returns how many more calls may be in flight at once after a participant has recovered: few at first, as in
     * {@link SlowStart}.
     */
    private int capacityAtFirst() {
        int capacity = Math.max(0, limit.max() - limit.inFlight() - limit.waiting());
        return limit.slowStart().isOver() ? Math.min(SlowStart.FIRST, capacity) : capacity;
    }

    // ---- load

    int waiting() {
        return limit.waiting() + connecting.size();
    }

    boolean isIdle() {
        return limit.inFlight() == 0 && waiting() == 0;
    }

    /**
     * Returns how many more calls would leave soon. At most as many calls wait as may be in flight, so that the
     * participant gets a new call after each response. If the queue is full but moves, a few more calls may join, so
     * that resting calls are not starved by new ones. If the participant is unreachable, one call suffices as a probe.
     */
    int capacity() {
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
        int capacity = 2 * limit.max() - limit.inFlight() - waiting;
        return capacity <= 0 && isMoving && waiting < 4 * limit.max() ? few : Math.max(0, capacity);
    }
}
