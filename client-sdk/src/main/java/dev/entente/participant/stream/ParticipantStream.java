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
 * Lets coordinators send branch calls in batches instead of one by one, which costs both sides a fraction of the CPU.
 * {@code ParticipantWiring} serves it. By hand, add it to the server beside the services, and tell it of the same
 * services, interceptors and executor; a barrier behind a stream that lacks the interceptor refuses its calls
 * (ENT-095):
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
 * <p>A call that comes over the stream is a call like any other: it passes the interceptors, has its own metadata,
 * {@link io.grpc.Context}, deadline and cancellation, and may answer at any time on any thread. What the stream's own
 * metadata and attributes say (authorization, the peer's address and certificate) each of its calls says too. Server
 * transport filters and stream tracers see one stream, no calls.
 *
 * <p>Coordinators that do not know it, and people with grpcurl, go on calling the services themselves. Thread-safe; one
 * instance serves any number of servers.
 */
public final class ParticipantStream implements BindableService {
    /** The default number of calls that a stream holds at one time. */
    public static final int MAX_CALLS = 4096;

    /** The default number of bytes of requests and unsent responses that a stream holds at one time. */
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
     * @param clock runs what is due at a call's deadline
     */
    record Terms(
            ServedMethods methods, Executor executor, ScheduledExecutorService clock, int maxCalls, long maxBytes) {}

    /**
     * @param executor runs the handlers, each call's callbacks one after another: the one that the server has; {@code
     *     Runnable::run} only where no handler ever blocks
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
     * Refuses calls of a method that come for a branch. A plan that names such a method would have the coordinator call
     * it with its own credentials, for whoever has submitted the plan.
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
         * A service whose unary methods coordinators may call; among them {@code CheckBackService}, which this one then
         * serves to unary calls, too.
         */
        public Builder addService(BindableService service) {
            return addService(service.bindService());
        }

        /** A service whose unary methods coordinators may call. */
        public Builder addService(ServerServiceDefinition service) {
            services.add(service);
            return this;
        }

        /**
         * A barrier of this participant ({@code barrier.rows(dataSource)}), which {@code entente reconcile} may then
         * compare with what the coordinator has; one for each database. Whoever may call this service may read gids,
         * names of branches and verdicts there, and no payloads.
         */
        public Builder barrier(BarrierRows rows) {
            barriers.add(rows);
            return this;
        }

        /** Sets the registry for methods that no service has, as with a server. */
        public Builder fallbackHandlerRegistry(HandlerRegistry registry) {
            fallback = registry;
            return this;
        }

        /** Runs before every call, as with a server: the one that was added last comes first. */
        public Builder intercept(ServerInterceptor interceptor) {
            interceptors.add(interceptor);
            return this;
        }

        /** Calls that one stream may have under way, at least 1; what is beyond is answered RESOURCE_EXHAUSTED. */
        public Builder maxCalls(int calls) {
            maxCalls = calls;
            return this;
        }

        /**
         * Bytes of requests, and of responses that have not left yet, that one stream may hold, at least 1; what is
         * beyond is answered RESOURCE_EXHAUSTED.
         */
        public Builder maxBytes(long bytes) {
            maxBytes = bytes;
            return this;
        }

        /** The service to add to the server. */
        public ParticipantStream build() {
            ServedMethods methods = new ServedMethods(services, interceptors, fallback);
            return new ParticipantStream(
                    new Terms(methods, executor, new DeadlineClock(), maxCalls, maxBytes),
                    List.copyOf(barriers),
                    check());
        }

        /** Returns the check of the service that this one replaces, if there is one. */
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
