package dev.entente.participant.wiring;

import dev.entente.participant.Barrier;
import dev.entente.participant.BranchException;
import dev.entente.participant.BranchInterceptor;
import dev.entente.participant.CallSignature;
import dev.entente.participant.checks.CheckBackService;
import dev.entente.participant.stream.ParticipantStream;
import dev.entente.trace.Tracing;
import io.grpc.BindableService;
import io.grpc.ServerBuilder;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Configures a participant's services, interceptors and executor once. The configuration applies to unary calls and to
 * the coordinator's stream. It adds {@link BranchInterceptor} by itself.
 *
 * <pre>{@code
 * ParticipantWiring.of(threads)
 *     .service(new AccountService(dataSource, barrier))
 *     .barrier(barrier, dataSource)
 *     .checkBack(barrier, dataSource)
 *     .on(Grpc.newServerBuilderForPort(7801, credentials))
 *     .build()
 *     .start();
 * }</pre>
 *
 * <p>Not thread-safe.
 */
public final class ParticipantWiring {
    private final Executor executor;
    private final List<ServerServiceDefinition> services = new ArrayList<>();
    private final List<ServerInterceptor> interceptors = new ArrayList<>();
    private final List<ServerServiceDefinition> checks = new ArrayList<>();
    private final ParticipantStream.Builder stream;
    private Tracing tracing = Tracing.found();
    private BranchInterceptor branch = new BranchInterceptor();
    private @Nullable CallSignature signature;

    private ParticipantWiring(Executor executor) {
        this.executor = executor;
        this.stream = ParticipantStream.builder(executor);
    }

    /**
     * Begins with the executor that runs the handlers. If handlers block, the executor needs one thread per concurrent
     * call.
     */
    public static ParticipantWiring of(Executor executor) {
        return new ParticipantWiring(executor);
    }

    /** Serves a service to unary calls and over the stream. */
    public ParticipantWiring service(BindableService service) {
        return service(service.bindService());
    }

    /** Serves a service to unary calls and over the stream. */
    public ParticipantWiring service(ServerServiceDefinition service) {
        services.add(service);
        return this;
    }

    /**
     * Adds an interceptor for every call, unary or streamed, and for the stream itself. The last one added runs first.
     * All of them run before the interceptor that reads Entente's metadata, and see its answer.
     */
    public ParticipantWiring intercept(ServerInterceptor interceptor) {
        interceptors.add(interceptor);
        return this;
    }

    /**
     * Lets {@code entente reconcile} read the barrier's rows; call it once for each database. Each client that may call
     * the server can read gids, branch names and verdicts, but no payloads.
     */
    public ParticipantWiring barrier(Barrier barrier, DataSource dataSource) {
        stream.barrier(barrier.rows(dataSource));
        return this;
    }

    /**
     * Answers coordinators that ask for the outcome of a message's local transaction.
     *
     * @param dataSource the primary of the database in which local transactions run
     */
    public ParticipantWiring checkBack(Barrier barrier, DataSource dataSource) {
        checks.add(CheckBackService.of(barrier, dataSource).bindService());
        return this;
    }

    /**
     * Refuses every call of these services without a coordinator's signature, unary or streamed: UNAUTHENTICATED. Add
     * services with other callers directly to the server's builder.
     */
    public ParticipantWiring signedWith(CallSignature signature) {
        this.signature = signature;
        return this;
    }

    /** Translates exceptions of the application to verdicts, as {@link BranchInterceptor#recognizing} does. */
    public ParticipantWiring recognizing(Function<Throwable, Optional<BranchException>> verdicts) {
        branch = BranchInterceptor.recognizing(verdicts).tracing(tracing);
        return this;
    }

    /** Sets another tracing than {@link Tracing#found}. */
    public ParticipantWiring tracing(Tracing tracing) {
        this.tracing = tracing;
        branch = branch.tracing(tracing);
        return this;
    }

    /** Limits one stream: concurrent calls, and bytes of requests and unsent responses; each at least 1. */
    public ParticipantWiring streamLimits(int calls, long bytes) {
        stream.maxCalls(calls).maxBytes(bytes);
        return this;
    }

    /**
     * Adds the services, the interceptors and the executor to a server. Call it once.
     *
     * @return the given builder
     */
    public <B extends ServerBuilder<B>> B on(ServerBuilder<B> server) {
        B wired = server.executor(executor).intercept(branch);
        stream.intercept(branch);
        for (ServerInterceptor interceptor : interceptors) {
            wired = wired.intercept(interceptor);
            stream.intercept(interceptor);
        }
        for (ServerServiceDefinition service : services) {
            ServerServiceDefinition guarded = guarded(service);
            stream.addService(guarded);
            wired = wired.addService(guarded);
        }
        for (ServerServiceDefinition check : checks) {
            stream.addService(signature == null ? check : SignedServices.ofMessages(check, signature));
        }
        return wired.addService(stream.build());
    }

    private ServerServiceDefinition guarded(ServerServiceDefinition service) {
        return signature == null ? service : SignedServices.of(service, signature);
    }
}
