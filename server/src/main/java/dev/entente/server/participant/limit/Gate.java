package dev.entente.server.participant.limit;

import dev.entente.core.transaction.Outcome;
import dev.entente.server.participant.EventLoops;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.ParticipantStatus;
import dev.entente.server.telemetry.CallMeters;
import dev.entente.server.telemetry.Metrics;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The gate that every call to one participant passes, over gRPC or HTTP. It holds the limit, the circuit, the wait for
 * a connection, the meters, and the last thing that was wrong. Thread-safe.
 */
public final class Gate {
    /** Calls that wait hold their transaction in memory; beyond this they had better wait as rows. */
    private static final int MAX_WAITING = 50_000;

    private static final long SWEEP_MILLIS = 50;

    /** As whoever submits reads it. The address, and what the system said of it, are for operators. */
    public static final String NO_CONNECTION = "could not connect to the participant";

    public static final String BROKEN_LINK = "the link broke before the answer";

    private final EventLoops loops;
    private final InFlightLimit limit;
    private final Circuit circuit;
    private final Circuit.Rules rules;
    private final ConnectionSource access;
    private final ConnectionWait connecting = new ConnectionWait();
    private final Metrics metrics;
    private final CallMeters meters;
    private final AtomicBoolean isSweeping = new AtomicBoolean();
    /** When {@link #room} was asked for last. */
    private final AtomicLong admittedBefore = new AtomicLong();

    private volatile String lastError = "";
    /** Unlike the last error nothing that a participant has said to others, and no address. */
    private volatile String whyUnreachable = "";

    private volatile long renewAtNanos = System.nanoTime();

    public Gate(
            int maxInFlight,
            EventLoops loops,
            Circuit.Rules rules,
            Metrics metrics,
            CallMeters meters,
            ConnectionSource access) {
        this.loops = loops;
        this.rules = rules;
        this.access = access;
        this.metrics = metrics;
        this.limit = new InFlightLimit(maxInFlight, MAX_WAITING, () -> metrics.caught("participant-call"));
        this.circuit = new Circuit(rules, limit.slowStart());
        this.meters = meters;
    }

    /** Lets it in now or later, or turns it away. */
    public void submit(InFlightLimit.Entrant call) {
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
            scheduleSweep();
        }
    }

    private void scheduleSweep() {
        var _ = loops.group().schedule(this::sweep, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void sweep() {
        try {
            limit.sweep();
            sweepConnecting();
        } finally {
            sweepAgainIfNeeded();
        }
    }

    private void sweepAgainIfNeeded() {
        if (hasWaiting()) {
            scheduleSweep();
            return;
        }
        isSweeping.set(false);
        // Who came between the look and the flag saw a sweep that was not going to come.
        if (hasWaiting()) {
            sweepSoon();
        }
    }

    private boolean hasWaiting() {
        return limit.waiting() > 0 || !connecting.isEmpty();
    }

    // ---- without a connection

    /**
     * A call that was let in finds no connection, or the circuit open: it gives its place back and comes again when
     * there is one.
     */
    public void awaitConnection(InFlightLimit.Entrant call) {
        boolean waits = connecting.add(call, System.nanoTime());
        limit.release();
        if (waits) {
            access.request(this::connectionChanged);
            sweepSoon();
            // It may have come between the look and the request.
            if (access.isOpen()) {
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
        if (access.isOpen()) {
            circuit.connected();
            letIn();
        } else {
            access.request(this::connectionChanged);
        }
    }

    private void sweepConnecting() {
        if (connecting.isEmpty()) {
            return;
        }
        long now = System.nanoTime();
        String why = whyUnreachable.isEmpty() ? "no connection in time" : "no connection: " + whyUnreachable;
        connecting.takeLate(now).forEach(call -> call.turnAway(why));
        if (access.isOpen()) {
            letIn();
        } else if (now - renewAtNanos >= 0) {
            renewAtNanos = now + pauseNanos();
            // One goes and finds out why there is none.
            connecting.take(1).forEach(this::submit);
            if (access.renew()) {
                brokenForAll();
            }
            access.request(this::connectionChanged);
        }
    }

    /** Each of those that wait has found the link broken, though one alone has tried it. */
    private void brokenForAll() {
        for (int i = Math.min(connecting.size(), rules.brokenLinks()); i > 0; i--) {
            circuit.report(Circuit.Link.BROKEN);
        }
    }

    private void letIn() {
        if (circuit.state() == Circuit.State.CLOSED) {
            letIn(connecting.takeSlice(System.nanoTime(), roomAtFirst()));
        } else {
            letIn(connecting.take(circuit.probes()));
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

    private void letIn(List<InFlightLimit.Entrant> calls) {
        for (InFlightLimit.Entrant call : calls) {
            call.connected();
            submit(call);
        }
    }

    /** Between two tries to connect while calls wait: the longest pause, or down to half of it. */
    private long pauseNanos() {
        return (long) (rules.maxPause().toNanos() * (0.5 + rules.jitter().getAsDouble() / 2));
    }

    /** Runs something short later, on an event loop. */
    public Future<?> alarm(long nanos, Runnable rings) {
        return loops.group().schedule(rings, nanos, TimeUnit.NANOSECONDS);
    }

    /** Why a call does not leave that has to wait for a connection, for people. */
    public String whyItWaits() {
        String error = whyUnreachable;
        String state =
                circuit.state() == Circuit.State.CLOSED ? "no connection yet" : "no connection, its circuit is open";
        return error.isEmpty() ? state : state + ": " + error;
    }

    /** How long a call waits for a connection. */
    public long connectNanos() {
        return rules.connect().toNanos();
    }

    /**
     * Keeps why no connection could be had.
     *
     * @param told what whoever submits may read
     * @param found what operators see
     */
    public void noteUnreachable(String told, String found) {
        lastError = found;
        whyUnreachable = told;
    }

    /** Keeps how a link broke, for operators. */
    public void noteBroken(String found) {
        lastError = found;
    }

    /** Keeps what an operator wants to see of it. */
    void note(Outcome outcome) {
        switch (outcome) {
            case Outcome.Unknown unknown -> lastError = unknown.detail();
            case Outcome.Misconfigured misconfigured -> lastError = misconfigured.detail();
            case Outcome.Succeeded _,
                    Outcome.Rejected _,
                    Outcome.Failed _,
                    Outcome.InProgress _,
                    Outcome.NotSent _,
                    Outcome.StaleFence _ -> {}
        }
    }

    public ParticipantStatus status(ParticipantConfig config, boolean isStreaming) {
        String state = circuit.state().name().toLowerCase(Locale.ROOT).replace('_', '-');
        return new ParticipantStatus(
                config.name(), config.target(), limit.inFlight(), waiting(), state, isStreaming, lastError);
    }

    /** Shows it in the metrics under that name. */
    public void show(String name) {
        metrics.showParticipant(
                name, limit::inFlight, this::waiting, () -> circuit.state().gauge());
    }

    private int waiting() {
        return limit.waiting() + connecting.size();
    }

    /**
     * How many more calls would leave before long. As many as may be under way wait behind them at most, so that it
     * gets more as soon as it answers. Where others fill the queue but it moves, a few more all the same: what rests
     * must not wait for ever behind what is new. Where it cannot be reached one is enough to find out.
     */
    public int room() {
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

    public boolean isIdle() {
        return limit.inFlight() == 0 && waiting() == 0;
    }

    /** Counts an unexpected exception at the start or the end of a call. */
    public void caught() {
        metrics.caught("participant-answer");
    }

    public String lastError() {
        return lastError;
    }

    InFlightLimit limit() {
        return limit;
    }

    public Circuit circuit() {
        return circuit;
    }

    CallMeters meters() {
        return meters;
    }
}
