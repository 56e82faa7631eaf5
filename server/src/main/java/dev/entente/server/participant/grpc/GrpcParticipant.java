package dev.entente.server.participant.grpc;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Target;
import dev.entente.server.participant.CallMetadata;
import dev.entente.server.participant.EventLoops;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.ParticipantStatus;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.server.participant.limit.Dispatch;
import dev.entente.server.participant.limit.Gate;
import dev.entente.server.participant.reflection.Reflection;
import dev.entente.server.telemetry.CallMeters;
import dev.entente.server.telemetry.Metrics;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.MethodDescriptor;
import io.grpc.stub.MetadataUtils;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** One participant: its connections, limit, circuit, and what was last wrong with it. Thread-safe. */
final class GrpcParticipant {
    /** Plans name methods, so whoever submits could fill the cache. */
    private static final int MAX_CACHED_METHODS = 1_000;

    private final ParticipantConfig config;
    private final @Nullable GuardedNames names;
    private final Connections connections;
    private final EventLoops loops;
    /** One for each connection, or none at all. */
    private final List<CallStream> streams;

    private final AtomicInteger turn = new AtomicInteger();
    private final Gate gate;
    private final Dispatch dispatch;
    private final OutcomeTable table;
    private final CallMetadata metadata;
    private final Reflection reflection;
    private final NearestMethod nearest = new NearestMethod(this);
    private final Map<String, MethodDescriptor<ByteString, ByteString>> methods = new ConcurrentHashMap<>();

    /**
     * Connects to nothing yet.
     *
     * @param names looks up its address; null for a configured one, whose target gRPC itself understands
     */
    GrpcParticipant(
            ParticipantConfig config,
            @Nullable GuardedNames names,
            EventLoops loops,
            Circuit.Rules rules,
            Metrics metrics,
            CallMeters meters) {
        this.config = config;
        this.names = names;
        this.loops = loops;
        this.connections = new Connections(config, names, loops);
        this.streams = config.streams() ? streams() : List.of();
        this.gate = new Gate(config.maxInFlight(), loops, rules, metrics, meters, connections);
        this.dispatch = new Dispatch(config.name(), gate);
        this.table = new OutcomeTable(config.overrides());
        this.metadata = new CallMetadata(config, connections.at(0).authority());
        this.reflection = new Reflection(() -> ClientInterceptors.intercept(
                connections.nextUnlessFailing(), MetadataUtils.newAttachHeadersInterceptor(metadata.credentials())));
    }

    private List<CallStream> streams() {
        return IntStream.range(0, config.connections())
                .mapToObj(connection -> new CallStream(this, connections, connection, loops))
                .toList();
    }

    MethodDescriptor<ByteString, ByteString> method(Target target) {
        return switch (target) {
            case Target.Grpc grpc -> method(grpc.method());
            case Target.Http _, Target.Kafka _ ->
                throw new IllegalArgumentException(target.text() + " is no gRPC method");
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

    /**
     * Returns a stream for a call with so many bytes, or null: then it goes by itself. So does a call that finds out
     * whether a broken link is whole again.
     */
    @Nullable
    OpenStream stream(int requestBytes) {
        if (streams.isEmpty()
                || dispatch.isClosed()
                || gate.circuit().state() != Circuit.State.CLOSED
                || requestBytes > OpenStream.MAX_REQUEST_BYTES) {
            return null;
        }
        int index = streams.size() == 1 ? 0 : Math.floorMod(turn.getAndIncrement(), streams.size());
        return streams.get(index).up();
    }

    /** A channel over which a call can leave now, or that knows why none can; null while there is neither. */
    @Nullable
    Channel channel() {
        return connections.usable();
    }

    /** Why there is no connection to it, as whoever submits may read it. */
    String whyUnreachable() {
        String unresolved = names == null ? null : names.failure();
        return unresolved == null ? Gate.NO_CONNECTION : unresolved;
    }

    /** The way to ask it what it offers. */
    Reflection reflection() {
        return reflection;
    }

    ParticipantStatus status() {
        return gate.status(config, isStreaming());
    }

    boolean isStreaming() {
        return streams.stream().anyMatch(CallStream::isUp);
    }

    boolean isIdle() {
        return gate.isIdle();
    }

    /** Calls under way are broken off; those that wait never leave. */
    void close() {
        dispatch.close();
        connections.close();
    }

    boolean isClosed() {
        return dispatch.isClosed();
    }

    void caught() {
        gate.caught();
    }

    String name() {
        return config.name();
    }

    String lastError() {
        return gate.lastError();
    }

    NearestMethod nearest() {
        return nearest;
    }

    ParticipantConfig config() {
        return config;
    }

    Gate gate() {
        return gate;
    }

    Dispatch dispatch() {
        return dispatch;
    }

    Circuit circuit() {
        return gate.circuit();
    }

    OutcomeTable table() {
        return table;
    }

    CallMetadata metadata() {
        return metadata;
    }
}
