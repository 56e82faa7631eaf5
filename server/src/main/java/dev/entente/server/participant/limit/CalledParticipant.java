package dev.entente.server.participant.limit;

import dev.entente.core.transaction.Outcome;
import dev.entente.server.participant.AdmissionSnapshot;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.CallMetadata;
import dev.entente.server.participant.EventLoops;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.ParticipantStatus;
import dev.entente.server.participant.ProbeResult;
import dev.entente.server.telemetry.CallMeters;
import dev.entente.server.telemetry.Metrics;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One participant, over any protocol: its limit, its circuit, the calls that wait, its meters, and its last error.
 * Thread-safe.
 */
public abstract class CalledParticipant {
    /** The maximum number of waiting calls, which keep transactions in memory. More transactions wait as rows. */
    private static final int MAX_WAITING = 50_000;

    /**
     * The maximum size of trailers, which carry a refusal. With larger trailers the outcome is Unknown; far larger
     * trailers break the link.
     */
    public static final int MAX_METADATA_BYTES = 64 << 10;

    /** The text for submitters. Only operators see the address and the operating system's error. */
    public static final String NO_CONNECTION = "could not connect to the participant";

    public static final String BROKEN_LINK = "the connection broke before the response";

    private final ParticipantConfig config;
    private final CallMetadata metadata;
    private final SharedParts shared;
    private final InFlightLimit limit;
    private final Circuit circuit;
    private final CallAdmission admission;
    /** The reason of a missing connection, for submitters. Unlike the last error: no address and no response. */
    private final AtomicReference<String> whyUnreachable = new AtomicReference<>("");

    private volatile LastError lastError = new LastError("", Instant.EPOCH);
    /** Why no further call may leave, for people; null while calls may leave. */
    private volatile @Nullable String whyClosed;

    /**
     * The parts that all participants of one kind share.
     *
     * @param meters of this participant, or of several
     */
    public record SharedParts(EventLoops loops, Circuit.Rules rules, Metrics metrics, CallMeters meters) {}

    private record LastError(String text, Instant at) {
        static LastError now(String text) {
            return new LastError(text, Instant.now());
        }
    }

    /** @param authority the authority that the participant sees, {@code host:port} */
    protected CalledParticipant(
            ParticipantConfig config, String authority, SharedParts shared, ConnectionSource connections) {
        this.config = config;
        this.metadata = new CallMetadata(config, authority);
        this.shared = shared;
        this.limit = new InFlightLimit(
                config.maxInFlight(), MAX_WAITING, () -> shared.metrics().caught("participant-call"));
        this.circuit = new Circuit(shared.rules(), limit.slowStart());
        this.admission =
                new CallAdmission(shared.loops(), shared.rules(), circuit, limit, connections, whyUnreachable::get);
    }

    /** Creates a call, which is admitted later. */
    protected abstract PendingCall pending(BranchCall call, Consumer<Outcome> answer);

    /** Checks whether the participant is reachable and which methods it serves. Blocks for up to some seconds. */
    protected abstract ProbeResult probe();

    /** Runs a short task later, on an event loop. */
    final Future<?> alarm(long nanos, Runnable rings) {
        return shared.loops().group().schedule(rings, nanos, TimeUnit.NANOSECONDS);
    }

    /** Returns how long a call waits for a connection. */
    public final long connectNanos() {
        return shared.rules().connect().toNanos();
    }

    // ---- state

    /** Returns why a call waits for a connection, for people. */
    final String whyItWaits() {
        String error = whyUnreachable.get();
        String state =
                circuit.state() == Circuit.State.CLOSED ? "no connection yet" : "no connection, its circuit is open";
        return error.isEmpty() ? state : state + ": " + error;
    }

    /**
     * Stores why no connection was possible.
     *
     * @param reported the text for submitters
     * @param found the text for operators
     */
    public final void noteUnreachable(String reported, String found) {
        lastError = LastError.now(found);
        whyUnreachable.set(reported);
    }

    /** Stores how a link broke, for operators. */
    public final void noteBroken(String found) {
        lastError = LastError.now(found);
    }

    /** Stores the last error for operators. */
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
        Duration unanswered = circuit.unanswered();
        return new ParticipantStatus(
                config.name(),
                config.target(),
                limit.inFlight(),
                config.maxInFlight(),
                admission.waiting(),
                state,
                isStreaming(),
                error.text(),
                error.at(),
                // Two clocks differ by microseconds in each call. In whole seconds the time stays the same.
                unanswered == null ? null : Instant.now().minus(unanswered).truncatedTo(ChronoUnit.SECONDS),
                shared.meters().counts());
    }

    final AdmissionSnapshot gateView(Set<String> gids) {
        Set<AdmissionSnapshot.Queued> queued = new HashSet<>();
        limit.forEachWaiting(waitingCall -> {
            if (waitingCall instanceof PendingCall pending
                    && gids.contains(pending.call().gid())) {
                queued.add(new AdmissionSnapshot.Queued(
                        pending.call().gid(), pending.call().branch()));
            }
        });
        return new AdmissionSnapshot(circuit.state() != Circuit.State.CLOSED, limit.inFlight() >= limit.max(), queued);
    }

    /** Returns whether calls use a stream now. */
    protected boolean isStreaming() {
        return false;
    }

    /** Registers the participant in the metrics by its name. */
    final void show() {
        shared.metrics().showParticipant(name(), limit::inFlight, admission::waiting, circuit::gauge);
        if (config.isGrpc()) {
            shared.metrics().showStream(name(), this::isStreaming);
        }
    }

    /** Counts an unexpected exception at the start or the end of a call. */
    public final void caught() {
        shared.metrics().caught("participant-answer");
    }

    // ---- parts

    /** Returns a probe result for this participant. */
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

    final CallAdmission admission() {
        return admission;
    }

    final InFlightLimit limit() {
        return limit;
    }

    final CallMeters meters() {
        return shared.meters();
    }

    public final boolean isClosed() {
        return whyClosed != null;
    }

    final @Nullable String whyClosed() {
        return whyClosed;
    }

    /** Prevents further calls from leaving. The outcome of waiting calls is NotSent. Calls in flight finish. */
    final void retire(String why) {
        whyClosed = why;
    }

    /** Aborts calls in flight, and prevents further calls from leaving. The outcome of waiting calls is NotSent. */
    protected void close() {
        retire("this coordinator is shutting down");
    }
}
