package dev.entente.server.participant.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Target;
import dev.entente.core.transaction.VisibleText;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.ProbeResult;
import dev.entente.server.participant.limit.CalledParticipant;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.server.participant.limit.PendingCall;
import dev.entente.server.participant.reflection.Reflection;
import dev.entente.server.participant.reflection.ReflectionSession;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusException;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** One participant that is called over gRPC: its connections, its streams, its methods. Thread-safe. */
final class GrpcParticipant extends CalledParticipant {
    /** The limit of the cache: submitters could fill it, because plans name methods. */
    private static final int MAX_CACHED_METHODS = 1_000;

    private final @Nullable GuardedNames names;
    private final Connections connections;
    /** One stream per connection, or an empty list. */
    private final List<CallStream> streams;

    private final AtomicInteger counter = new AtomicInteger();
    private final OutcomeTable table;
    private final Reflection reflection;
    private final Map<String, MethodDescriptor<ByteString, ByteString>> methods = new ConcurrentHashMap<>();

    /**
     * Creates a participant. Opens no connection yet.
     *
     * @param names resolves the address; null for a configured participant, which gRPC itself resolves
     */
    static GrpcParticipant open(ParticipantConfig config, @Nullable GuardedNames names, SharedParts shared) {
        return new GrpcParticipant(config, names, shared, new Connections(config, names, shared.loops()));
    }

    private GrpcParticipant(
            ParticipantConfig config, @Nullable GuardedNames names, SharedParts shared, Connections connections) {
        super(config, connections.at(0).authority(), shared, connections);
        this.names = names;
        this.connections = connections;
        this.streams = IntStream.range(0, config.streams() ? config.connections() : 0)
                .mapToObj(connection -> new CallStream(this, connections, connection, shared.loops()))
                .toList();
        this.table = new OutcomeTable(config.credential(), config.overrides());
        this.reflection = new Reflection(connections::open, metadata()::credentials);
    }

    @Override
    protected PendingCall pending(BranchCall call, Consumer<Outcome> answer) {
        return new OutgoingCall(this, call, answer);
    }

    MethodDescriptor<ByteString, ByteString> method(Target target) {
        if (!(target instanceof Target.Grpc grpc)) {
            throw new IllegalArgumentException(target.text() + " is not a gRPC method");
        }
        MethodDescriptor<ByteString, ByteString> known = methods.get(grpc.method());
        if (known != null) {
            return known;
        }
        MethodDescriptor<ByteString, ByteString> made = RawBytes.unary(grpc.method());
        if (methods.size() < MAX_CACHED_METHODS) {
            methods.put(grpc.method(), made);
        }
        return made;
    }

    /**
     * Returns a stream for a call with a request of the given size; null if the call must be unary. A call that probes
     * a broken link is always unary.
     */
    @Nullable
    OpenStream stream(int requestBytes) {
        if (streams.isEmpty()
                || isClosed()
                || circuit().state() != Circuit.State.CLOSED
                || requestBytes > OpenStream.MAX_REQUEST_BYTES) {
            return null;
        }
        int index = streams.size() == 1 ? 0 : Math.floorMod(counter.getAndIncrement(), streams.size());
        return streams.get(index).up();
    }

    /** Returns a channel that is ready, or that has a connect error; null if there is neither. */
    @Nullable
    Channel channel() {
        return connections.usable();
    }

    /** Returns why there is no connection, as a text for submitters. */
    String whyUnreachable() {
        String unresolved = names == null ? null : names.failure();
        return unresolved == null ? NO_CONNECTION : unresolved;
    }

    @Override
    protected boolean isStreaming() {
        return streams.stream().anyMatch(CallStream::isUp);
    }

    /** Aborts calls in flight. Waiting calls never leave. */
    @Override
    protected void close() {
        super.close();
        connections.close();
    }

    // ---- probe

    /** Also reports the observed state of the link to the circuit. */
    @Override
    protected ProbeResult probe() {
        try {
            SortedSet<String> offered = reflection.ask(GrpcParticipant::methods);
            circuit().report(Circuit.Link.ANSWERED);
            return visible(true, true, List.copyOf(offered), "");
        } catch (ReflectionSession.Exceeded e) {
            circuit().report(Circuit.Link.ANSWERED);
            return visible(true, true, List.of(), e.why());
        } catch (Reflection.Crowded e) {
            return visible(
                    false,
                    false,
                    List.of(),
                    "too many requests for its descriptors are in progress; probe it again later");
        } catch (StatusException e) {
            return withoutReflection(e);
        } catch (DescriptorValidationException e) {
            return visible(true, true, List.of(), "its descriptors are inconsistent: " + e.getMessage());
        }
    }

    private static SortedSet<String> methods(ReflectionSession session)
            throws StatusException, DescriptorValidationException {
        SortedSet<String> methods = new TreeSet<>();
        for (String service : session.services()) {
            if (!service.startsWith("grpc.reflection.")) {
                methods.addAll(session.filesOf(service).methodsOf(service));
            }
        }
        return methods;
    }

    private ProbeResult withoutReflection(StatusException answer) {
        Status status = answer.getStatus();
        if (isAway(answer)) {
            return visible(false, false, List.of(), OutcomeTable.detail(status));
        }
        circuit().report(Circuit.Link.ANSWERED);
        String error = status.getCode() == Status.Code.UNIMPLEMENTED
                ? "it does not offer reflection"
                : "its reflection returns " + OutcomeTable.detail(status);
        return visible(true, false, List.of(), error);
    }

    /** Returns whether there was no response. If the peer does not speak HTTP/2, gRPC itself makes the status. */
    static boolean isAway(StatusException answer) {
        boolean isMadeHere =
                answer.getTrailers() == null || answer.getTrailers().keys().isEmpty();
        return switch (answer.getStatus().getCode()) {
            case UNAVAILABLE, DEADLINE_EXCEEDED -> true;
            case INTERNAL, UNKNOWN -> isMadeHere;
            default -> false;
        };
    }

    /** Escapes the participant's texts, which may contain control characters of a terminal. */
    private ProbeResult visible(boolean isReachable, boolean hasReflection, List<String> offered, String error) {
        return found(
                isReachable,
                hasReflection,
                offered.stream().map(VisibleText::of).toList(),
                VisibleText.of(error));
    }

    /** Returns the access to the participant's reflection. */
    Reflection reflection() {
        return reflection;
    }

    OutcomeTable table() {
        return table;
    }
}
