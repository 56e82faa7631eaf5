package dev.entente.participant.stream;

import dev.entente.v1.CheckRequest;
import dev.entente.v1.CheckResponse;
import dev.entente.v1.ParticipantServiceGrpc;
import dev.entente.wire.BarrierRows;
import dev.entente.wire.BranchMetadata;
import io.grpc.BindableService;
import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.ServerCalls;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * Lets coordinators send branch calls in batches instead of one by one, which reduces the CPU time of both sides to a
 * fraction. {@code ParticipantWiring} serves it. Without {@code ParticipantWiring}, add the stream to the server, and
 * give it the server's services, interceptors and executor. Without the interceptor a barrier refuses the stream's
 * calls (ENT-095):
 *
 * <pre>{@code
 * BranchInterceptor branch = new BranchInterceptor();
 * ServerBuilder.forPort(7801)
 *     .executor(threads)
 *     .addService(stock)
 *     .addService(ParticipantStream.builder(threads).addService(stock).intercept(branch).build())
 *     .intercept(branch)
 * }</pre>
 *
 * <p>A call over the stream behaves as a unary call. The call passes the interceptors, and has its own metadata, {@link
 * io.grpc.Context}, deadline and cancellation. The call may answer at any time on any thread. Each call also has the
 * stream's metadata and attributes (authorization, the peer's address and certificate). Server transport filters and
 * stream tracers see only the stream, not its calls.
 *
 * <p>Coordinators without support for the stream, and grpcurl, call the services directly. Thread-safe; one instance
 * serves any number of servers.
 */
public final class ParticipantStream implements BindableService {
    /** The default number of concurrent calls of a stream. */
    public static final int MAX_CALLS = 4096;

    /** The default limit of bytes of requests and unsent responses in one stream. */
    public static final long MAX_BYTES = 64L << 20;

    private static final Status REFUSED = Status.PERMISSION_DENIED.withDescription(
            "this method is for coordinators and operators themselves, not for a branch of a transaction");

    private final Terms terms;
    private final List<BarrierRows> barriers;
    private final ServerCallHandler<CheckRequest, CheckResponse> check;

    private ParticipantStream(
            Terms terms, List<BarrierRows> barriers, ServerCallHandler<CheckRequest, CheckResponse> check) {
        this.terms = terms;
        this.barriers = barriers;
        this.check = check;
    }

    /**
     * The common parts of all streams of one participant.
     *
     * @param executor runs the handlers
     * @param clock runs the tasks at a call's deadline
     */
    record Terms(
            ServedMethods methods, Executor executor, ScheduledExecutorService clock, int maxCalls, long maxBytes) {}

    /**
     * @param executor runs the handlers, one callback of a call at a time: the server's executor, or {@code
     *     Runnable::run} if no handler ever blocks
     */
    public static Builder builder(Executor executor) {
        return new Builder(executor);
    }

    @Override
    public ServerServiceDefinition bindService() {
        return ServerServiceDefinition.builder(ParticipantServiceGrpc.getServiceDescriptor())
                .addMethod(
                        ParticipantServiceGrpc.getExecuteMethod(),
                        forCoordinatorsAlone((call, headers) -> BranchStream.open(call, headers, terms)))
                .addMethod(
                        ParticipantServiceGrpc.getListBarrierRowsMethod(),
                        forCoordinatorsAlone(ServerCalls.asyncUnaryCall(
                                barriers.isEmpty()
                                        ? (request, answer) -> ServerCalls.asyncUnimplementedUnaryCall(
                                                ParticipantServiceGrpc.getListBarrierRowsMethod(), answer)
                                        : new BarrierPages(barriers, terms.executor())::list)))
                .addMethod(ParticipantServiceGrpc.getCheckMethod(), check)
                .build();
    }

    /**
     * Refuses calls of a method that come for a branch. Otherwise a plan could name this method, and the coordinator
     * would call it with its own credentials on behalf of the plan's submitter.
     */
    private static <Q, R> ServerCallHandler<Q, R> forCoordinatorsAlone(ServerCallHandler<Q, R> handler) {
        return (call, headers) -> {
            if (!headers.containsKey(BranchMetadata.GID)) {
                return handler.startCall(call, headers);
            }
            call.close(REFUSED, new Metadata());
            return new ServerCall.Listener<Q>() {};
        };
    }

    /** Builds a participant's stream from the services that it offers. Not thread-safe. */
    public static final class Builder {
        private final Executor executor;
        private final List<ServerServiceDefinition> services = new ArrayList<>();
        private final List<ServerInterceptor> interceptors = new ArrayList<>();
        private final List<BarrierRows> barriers = new ArrayList<>();
        private @Nullable HandlerRegistry fallback;
        private int maxCalls = MAX_CALLS;
        private long maxBytes = MAX_BYTES;

        private Builder(Executor executor) {
            this.executor = executor;
        }

        /**
         * Adds a service whose unary methods coordinators may call. The stream also serves {@code CheckBackService} to
         * unary calls if it is added here.
         */
        public Builder addService(BindableService service) {
            return addService(service.bindService());
        }

        /** Adds a service whose unary methods coordinators may call. */
        public Builder addService(ServerServiceDefinition service) {
            services.add(service);
            return this;
        }

        /**
         * Adds a barrier of this participant ({@code barrier.rows(dataSource)}), one for each database. {@code entente
         * reconcile} can then compare its rows with the coordinator's records. Each client that may call this service
         * can read gids, branch names and verdicts, but no payloads.
         */
        public Builder barrier(BarrierRows rows) {
            barriers.add(rows);
            return this;
        }

        /** Sets the registry for methods that no service has, as in a server. */
        public Builder fallbackHandlerRegistry(HandlerRegistry registry) {
            fallback = registry;
            return this;
        }

        /** Adds an interceptor for every call. As in a server, the interceptor that was added last runs first. */
        public Builder intercept(ServerInterceptor interceptor) {
            interceptors.add(interceptor);
            return this;
        }

        /** Sets the limit of concurrent calls of a stream, at least 1. Further calls get RESOURCE_EXHAUSTED. */
        public Builder maxCalls(int calls) {
            maxCalls = calls;
            return this;
        }

        /**
         * Sets the limit of bytes of requests and unsent responses in one stream, at least 1. Further calls get
         * RESOURCE_EXHAUSTED.
         */
        public Builder maxBytes(long bytes) {
            maxBytes = bytes;
            return this;
        }

        /** Returns the service to add to the server. */
        public ParticipantStream build() {
            ServedMethods methods = new ServedMethods(services, interceptors, fallback);
            return new ParticipantStream(
                    new Terms(methods, executor, new DeadlineClock(), maxCalls, maxBytes),
                    List.copyOf(barriers),
                    check());
        }

        /** Returns the check of the service that the stream replaces, or an unimplemented method. */
        private ServerCallHandler<CheckRequest, CheckResponse> check() {
            String wanted = ParticipantServiceGrpc.getCheckMethod().getFullMethodName();
            for (ServerServiceDefinition service : services) {
                ServerMethodDefinition<?, ?> method = service.getMethod(wanted);
                if (method != null) {
                    return cast(method);
                }
            }
            return ServerCalls.asyncUnaryCall((request, answer) ->
                    ServerCalls.asyncUnimplementedUnaryCall(ParticipantServiceGrpc.getCheckMethod(), answer));
        }

        /** A method of that name has these types. */
        @SuppressWarnings("unchecked")
        private static ServerCallHandler<CheckRequest, CheckResponse> cast(ServerMethodDefinition<?, ?> method) {
            return (ServerCallHandler<CheckRequest, CheckResponse>) method.getServerCallHandler();
        }
    }
}
