package dev.entente.server.participant.limit;

import dev.entente.core.transaction.Outcome;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.CallMetadata;
import dev.entente.server.participant.EventLoops;
import dev.entente.server.participant.GateView;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.ParticipantStatus;
import dev.entente.server.participant.ProbeResult;
import dev.entente.server.telemetry.CallMeters;
import dev.entente.server.telemetry.Metrics;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * One participant, whatever it is called over: its limit, its circuit, the calls that wait, its meters, and the last
 * thing that was wrong with it. Thread-safe.
 */
public abstract class CalledParticipant {
    /** Calls that wait hold their transaction in memory; beyond this they had better wait as rows. */
    private static final int MAX_WAITING = 50_000;

    /** A "no" comes in trailers. Those beyond the limit make it Unknown, and far beyond it they end the connection. */
    public static final int MAX_METADATA_BYTES = 64 << 10;

    /** As whoever submits reads it. The address, and what the system said of it, are for operators. */
    public static final String NO_CONNECTION = "could not connect to the participant";

    public static final String BROKEN_LINK = "the link broke before the answer";

    private final ParticipantConfig config;
    private final CallMetadata metadata;
    private final Surroundings around;
    private final InFlightLimit limit;
    private final Circuit circuit;
    private final Gate gate;
    /** Unlike the last error nothing that a participant has said to others, and no address. */
    private final AtomicReference<String> whyUnreachable = new AtomicReference<>("");

    private volatile LastError lastError = new LastError("", Instant.EPOCH);
    private volatile boolean isClosed;

    /**
     * The parts that all participants of one kind share.
     *
     * @param meters of this participant, or of several
     */
    public record Surroundings(EventLoops loops, Circuit.Rules rules, Metrics metrics, CallMeters meters) {}

    private record LastError(String text, Instant at) {
        static LastError now(String text) {
            return new LastError(text, Instant.now());
        }
    }

    /** @param authority as the participant reads it, {@code host:port} */
    protected CalledParticipant(
            ParticipantConfig config, String authority, Surroundings around, ConnectionSource connections) {
        this.config = config;
        this.metadata = new CallMetadata(config, authority);
        this.around = around;
        this.limit = new InFlightLimit(
                config.maxInFlight(), MAX_WAITING, () -> around.metrics().caught("participant-call"));
        this.circuit = new Circuit(around.rules(), limit.slowStart());
        this.gate = new Gate(around.loops(), around.rules(), circuit, limit, connections, whyUnreachable::get);
    }

    /** Makes a call that is let in later. */
    protected abstract PendingCall pending(BranchCall call, Consumer<Outcome> answer);

    /** Looks whether it is there and what it offers. Blocks for up to some seconds. */
    protected abstract ProbeResult probe();

    /** Runs something short later, on an event loop. */
    final Future<?> alarm(long nanos, Runnable rings) {
        return around.loops().group().schedule(rings, nanos, TimeUnit.NANOSECONDS);
    }

    /** How long a call waits for a connection. */
    public final long connectNanos() {
        return around.rules().connect().toNanos();
    }

    // ---- how it is

    /** Why a call does not leave that has to wait for a connection, for people. */
    final String whyItWaits() {
        String error = whyUnreachable.get();
        String state =
                circuit.state() == Circuit.State.CLOSED ? "no connection yet" : "no connection, its circuit is open";
        return error.isEmpty() ? state : state + ": " + error;
    }

    /**
     * Keeps why no connection could be had.
     *
     * @param told what whoever submits may read
     * @param found what operators see
     */
    public final void noteUnreachable(String told, String found) {
        lastError = LastError.now(found);
        whyUnreachable.set(told);
    }

    /** Keeps how a link broke, for operators. */
    public final void noteBroken(String found) {
        lastError = LastError.now(found);
    }

    /** Keeps what an operator wants to see of it. */
    final void note(Outcome outcome) {
        switch (outcome) {
            case Outcome.Unknown unknown -> lastError = LastError.now(unknown.detail());
            case Outcome.Misconfigured misconfigured -> lastError = LastError.now(misconfigured.detail());
            case Outcome.Succeeded _,
                    Outcome.Rejected _,
                    Outcome.Failed _,
                    Outcome.InProgress _,
                    Outcome.NotSent _,
                    Outcome.StaleFence _ -> {}
        }
    }

    final ParticipantStatus status() {
        LastError error = lastError;
        String state = circuit.state().name().toLowerCase(Locale.ROOT).replace('_', '-');
        return new ParticipantStatus(
                config.name(),
                config.target(),
                limit.inFlight(),
                config.maxInFlight(),
                gate.waiting(),
                state,
                isStreaming(),
                error.text(),
                error.at(),
                around.meters().counts());
    }

    final GateView gateView(Set<String> gids) {
        Set<GateView.Queued> queued = new HashSet<>();
        limit.forEachWaiting(entrant -> {
            if (entrant instanceof PendingCall pending
                    && gids.contains(pending.call().gid())) {
                queued.add(
                        new GateView.Queued(pending.call().gid(), pending.call().branch()));
            }
        });
        return new GateView(circuit.state() != Circuit.State.CLOSED, limit.inFlight() >= limit.max(), queued);
    }

    /** Tells whether calls go over a stream now. */
    protected boolean isStreaming() {
        return false;
    }

    /** Shows it in the metrics under its name. */
    final void show() {
        around.metrics().showParticipant(name(), limit::inFlight, gate::waiting, circuit::gauge);
        if (config.isGrpc()) {
            around.metrics().showStream(name(), this::isStreaming);
        }
    }

    /** Counts an unexpected exception at the start or the end of a call. */
    public final void caught() {
        around.metrics().caught("participant-answer");
    }

    // ---- what it has

    /** Makes a result of a look at it. */
    protected final ProbeResult found(boolean isReachable, boolean hasReflection, List<String> methods, String error) {
        return new ProbeResult(config.name(), config.target(), isReachable, hasReflection, methods, error);
    }

    public final String name() {
        return config.name();
    }

    public final ParticipantConfig config() {
        return config;
    }

    public final CallMetadata metadata() {
        return metadata;
    }

    public final Circuit circuit() {
        return circuit;
    }

    final Gate gate() {
        return gate;
    }

    final InFlightLimit limit() {
        return limit;
    }

    final CallMeters meters() {
        return around.meters();
    }

    public final boolean isClosed() {
        return isClosed;
    }

    /** Lets nothing more leave: those that wait are answered as not sent. */
    protected void close() {
        isClosed = true;
    }
}
