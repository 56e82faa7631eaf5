package dev.entente.server.participant;

import com.google.protobuf.ByteString;
import dev.entente.server.telemetry.CallMeters;
import dev.entente.server.telemetry.Metrics;
import dev.entente.server.transaction.Outcome;
import dev.entente.server.transaction.Target;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** One participant: its connections, limit, circuit, and what was last wrong with it. Thread-safe. */
final class GrpcParticipant {
    /** Calls that wait hold their transaction in memory; beyond this they had better wait as rows. */
    private static final int MAX_WAITING = 50_000;
    /** Plans name methods, so whoever submits could fill the cache. */
    private static final int MAX_CACHED_METHODS = 1_000;

    private static final long SWEEP_MILLIS = 50;

    private final ParticipantConfig config;
    private final Connections connections;
    private final EventLoops loops;
    /** One for each connection, or none at all. */
    private final List<CallStream> streams;

    private final AtomicInteger turn = new AtomicInteger();
    private final InFlightLimit limit;
    private final Circuit circuit;
    private final OutcomeTable table;
    private final CallMetadata metadata;
    private final Metrics metrics;
    private final CallMeters meters;
    private final Map<String, MethodDescriptor<ByteString, ByteString>> methods = new ConcurrentHashMap<>();
    private final AtomicBoolean isSweeping = new AtomicBoolean();
    private volatile String lastError = "";
    private volatile boolean isClosed;

    GrpcParticipant(
            ParticipantConfig config, EventLoops loops, Circuit.Rules rules, Metrics metrics, CallMeters meters) {
        this.config = config;
        this.loops = loops;
        this.connections = new Connections(config, loops);
        this.streams = config.streams() ? streams() : List.of();
        this.limit = new InFlightLimit(config.maxInFlight(), MAX_WAITING);
        this.circuit = new Circuit(rules);
        this.table = new OutcomeTable(config.overrides());
        this.metadata = new CallMetadata(config.bearerToken());
        this.metrics = metrics;
        this.meters = meters;
    }

    private List<CallStream> streams() {
        return IntStream.range(0, config.connections())
                .mapToObj(connection -> new CallStream(this, connections, connection, loops))
                .toList();
    }

    void call(BranchCall call, Consumer<Outcome> answer) {
        limit.submit(new OutgoingCall(this, call, answer));
        if (limit.waiting() > 0 && isSweeping.compareAndSet(false, true)) {
            scheduleSweep();
        }
    }

    /** One timer for all that wait, not one for each: under load many wait, and hardly any in vain. */
    private void scheduleSweep() {
        var _ = loops.group().schedule(this::sweep, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void sweep() {
        limit.sweep();
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

    MethodDescriptor<ByteString, ByteString> method(Target target) {
        return switch (target) {
            case Target.Grpc grpc -> method(grpc.method());
        };
    }

    private MethodDescriptor<ByteString, ByteString> method(String name) {
        MethodDescriptor<ByteString, ByteString> known = methods.get(name);
        if (known != null) {
            return known;
        }
        MethodDescriptor<ByteString, ByteString> made = RawBytes.unary(name);
        if (methods.size() < MAX_CACHED_METHODS) {
            methods.put(name, made);
        }
        return made;
    }

    /** Whether a stream takes the call; else it goes by itself. Who finds out whether a broken link is whole again goes by itself. */
    boolean joinsStream(OutgoingCall call) {
        if (streams.isEmpty()
                || isClosed
                || circuit.state() != Circuit.State.CLOSED
                || call.requestBytes() > OpenStream.MAX_REQUEST_BYTES) {
            return false;
        }
        int index = streams.size() == 1 ? 0 : Math.floorMod(turn.getAndIncrement(), streams.size());
        return streams.get(index).take(call);
    }

    Channel channel() {
        return circuit.isShaken() ? connections.nextUnlessFailing() : connections.next();
    }

    Channel freshChannel() {
        return connections.renewed();
    }

    /** A way to ask it what it offers, for one thread. */
    Reflection reflection() {
        return new Reflection(connections.nextUnlessFailing(), metadata.credentials());
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

    ParticipantStatus status() {
        String state = circuit.state().name().toLowerCase(Locale.ROOT).replace('_', '-');
        return new ParticipantStatus(
                config.name(), config.target(), limit.inFlight(), limit.waiting(), state, isStreaming(), lastError);
    }

    private boolean isStreaming() {
        return streams.stream().anyMatch(CallStream::isUp);
    }

    boolean isIdle() {
        return limit.inFlight() == 0 && limit.waiting() == 0;
    }

    /** Calls under way are broken off; those that wait never leave. */
    void close() {
        isClosed = true;
        connections.close();
    }

    boolean isClosed() {
        return isClosed;
    }

    void caught() {
        metrics.caught("participant-answer");
    }

    String name() {
        return config.name();
    }

    String lastError() {
        return lastError;
    }

    ParticipantConfig config() {
        return config;
    }

    InFlightLimit limit() {
        return limit;
    }

    Circuit circuit() {
        return circuit;
    }

    OutcomeTable table() {
        return table;
    }

    CallMetadata metadata() {
        return metadata;
    }

    CallMeters meters() {
        return meters;
    }
}
