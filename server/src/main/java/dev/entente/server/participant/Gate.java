package dev.entente.server.participant;

import dev.entente.server.telemetry.CallMeters;
import dev.entente.server.telemetry.Metrics;
import dev.entente.server.transaction.Outcome;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What every call to one participant passes, whatever it is called over: its limit, its circuit, its meters, and what was last wrong with
 * it. Thread-safe.
 */
final class Gate {
    /** Calls that wait hold their transaction in memory; beyond this they had better wait as rows. */
    private static final int MAX_WAITING = 50_000;

    private static final long SWEEP_MILLIS = 50;

    private final EventLoops loops;
    private final InFlightLimit limit;
    private final Circuit circuit;
    private final Metrics metrics;
    private final CallMeters meters;
    private final AtomicBoolean isSweeping = new AtomicBoolean();
    private volatile String lastError = "";

    Gate(int maxInFlight, EventLoops loops, Circuit.Rules rules, Metrics metrics, CallMeters meters) {
        this.loops = loops;
        this.limit = new InFlightLimit(maxInFlight, MAX_WAITING);
        this.circuit = new Circuit(rules);
        this.metrics = metrics;
        this.meters = meters;
    }

    /** Lets it in now or later, or turns it away. */
    void submit(InFlightLimit.Entrant call) {
        limit.submit(call);
        if (limit.waiting() > 0 && isSweeping.compareAndSet(false, true)) {
            scheduleSweep();
        }
    }

    /** One timer for all that wait, not one for each: under load many wait, and hardly any in vain. */
    private void scheduleSweep() {
        var _ = loops.group().schedule(this::sweep, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void sweep() {
        try {
            limit.sweep();
        } finally {
            sweepAgainIfNeeded();
        }
    }

    private void sweepAgainIfNeeded() {
        if (limit.waiting() > 0) {
            scheduleSweep();
            return;
        }
        isSweeping.set(false);
        // Who came between the look and the flag saw a sweep that was not going to come.
        if (limit.waiting() > 0 && isSweeping.compareAndSet(false, true)) {
            scheduleSweep();
        }
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

    ParticipantStatus status(ParticipantConfig config, boolean isStreaming) {
        String state = circuit.state().name().toLowerCase(Locale.ROOT).replace('_', '-');
        return new ParticipantStatus(
                config.name(), config.target(), limit.inFlight(), limit.waiting(), state, isStreaming, lastError);
    }

    /** Shows it in the metrics under that name. */
    void show(String name) {
        metrics.showParticipant(
                name, limit::inFlight, limit::waiting, () -> circuit.state().gauge());
    }

    boolean isIdle() {
        return limit.inFlight() == 0 && limit.waiting() == 0;
    }

    /** Whoever was told of an answer threw. */
    void caught() {
        metrics.caught("participant-answer");
    }

    String lastError() {
        return lastError;
    }

    InFlightLimit limit() {
        return limit;
    }

    Circuit circuit() {
        return circuit;
    }

    CallMeters meters() {
        return meters;
    }
}
