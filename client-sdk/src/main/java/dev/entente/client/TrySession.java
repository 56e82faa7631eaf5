package dev.entente.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.entente.client.Tries.Tried;
import dev.entente.client.call.CallDeadline;
import dev.entente.client.call.HttpTry;
import dev.entente.client.call.RetryingCall;
import dev.entente.client.call.Transport;
import dev.entente.client.call.UnaryTransport;
import dev.entente.v1.Operation;
import dev.entente.v1.RegisterBranchResponse;
import dev.entente.v1.TccBranch;
import dev.entente.wire.BranchMetadata;
import dev.entente.wire.TraceParent;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.stub.MetadataUtils;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Registers branches of one transaction and calls their tries from this client. Thread-safe.
 *
 * @param created when the transaction was accepted, or null if only the coordinator knows
 * @param deadline when it will be aborted, or null if only the coordinator knows
 * @param timeout of a try without its own timeout, or null
 * @param retry of a try without its own setting, or null
 * @param join proves that the parent branch was called, to register children of that branch; otherwise empty
 */
record TrySession(
        CoordinatorClient coordinator,
        String gid,
        @Nullable Instant created,
        @Nullable Deadline deadline,
        @Nullable Duration timeout,
        @Nullable Retry retry,
        String join) {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Retry RETRY = Retry.exponential(Duration.ofMillis(200), Duration.ofSeconds(2), 5);

    /** Calls the try of a registered branch. */
    private interface TryTransport<R> {
        CompletableFuture<Tried<R>> call(RegisterBranchResponse registered, @Nullable Deadline inherited);
    }

    /** Registers the branch; once that is durable, calls its try. */
    <R> CompletableFuture<Tried<R>> attempt(TccBranch branch, Call<R> call) {
        Call.Grpc<R> grpc = call.grpc();
        TryTransport<R> transport =
                grpc == null ? overHttp(branch.getTry(), call) : overGrpc(grpc, grpc.method(), call);
        Context fork = Context.current().fork();
        Context context = coordinator.traceParent().map(trace -> trace.in(fork)).orElse(fork);
        Deadline inherited = Context.current().getDeadline();
        return coordinator
                .register(
                        gid,
                        branch,
                        join,
                        coordinator.callDeadline(Duration.ZERO).within(deadline))
                .thenCompose(registered -> {
                    Context before = context.attach(); // for the trace; the call deadline includes the deadline
                    try {
                        return transport.call(registered, inherited);
                    } finally {
                        context.detach(before);
                    }
                });
    }

    @SuppressWarnings("unchecked") // Participant.call took method and request together, so the request is a Q
    private <Q extends Message, R> TryTransport<R> overGrpc(
            Call.Grpc<R> grpc, MethodDescriptor<Q, R> method, Call<R> call) {
        Channel channel = grpc.participant().channel();
        return (registered, inherited) -> {
            AtomicReference<Metadata> trailers = new AtomicReference<>(new Metadata());
            var reading = MetadataUtils.newCaptureMetadataInterceptor(new AtomicReference<>(), trailers);
            var transport = new UnaryTransport<>(ClientInterceptors.intercept(channel, reading), method);
            return called(transport, (Q) grpc.request(), call, registered, inherited)
                    .thenApply(response -> new Tried<>(
                            response,
                            ((Message) response).toByteString(),
                            trailers.get().get(BranchMetadata.TRIED)));
        };
    }

    private <R> TryTransport<R> overHttp(Operation operation, Call<R> call) {
        if (!operation.hasHttp()) {
            throw new IllegalArgumentException("a record for topic '"
                    + operation.getKafka().getTopic() + "' cannot be a try of a scope, because a record has no"
                    + " response");
        }
        HttpTry transport = call.answers().participant().http(operation);
        return (registered, inherited) -> called(transport, operation.getRaw(), call, registered, inherited)
                .thenApply(answer -> {
                    ByteString body = ByteString.copyFrom(answer.body());
                    String whose = Step.answerOf(registered.getBranch(), gid);
                    String named = answer.headers()
                            .firstValue(BranchMetadata.TRIED.name())
                            .orElse(null);
                    return new Tried<>(call.answers().read(body, whose), body, named);
                });
    }

    private <Q, A> CompletableFuture<A> called(
            Transport<Q, A> transport,
            Q request,
            Call<?> call,
            RegisterBranchResponse registered,
            @Nullable Deadline inherited) {
        Metadata common = headers(registered);
        Optional<TraceParent> current = TraceParent.current();
        Retry retries = first(call.retry(), retry, RETRY);
        return new RetryingCall<>(
                        transport,
                        () -> request,
                        attempt -> headers(
                                common,
                                attempt,
                                current.orElseGet(
                                        () -> TraceParent.ofCall(gid, registered.getBranch(), "try", attempt))),
                        callDeadline(call, inherited),
                        new TryRetryRule(
                                gid,
                                registered.getBranch(),
                                retries,
                                coordinator.settings().random()))
                .start();
    }

    private static Metadata headers(Metadata common, int attempt, TraceParent trace) {
        Metadata headers = new Metadata();
        headers.merge(common);
        headers.put(BranchMetadata.ATTEMPT, Integer.toString(attempt));
        headers.put(TraceParent.KEY, trace.header());
        return headers;
    }

    /** Returns the limit of a try: the transaction's deadline, which aborts the transaction in any case. */
    private CallDeadline callDeadline(Call<?> call, @Nullable Deadline inherited) {
        Duration attempt = first(call.timeout(), timeout, TIMEOUT);
        Deadline all = deadline == null ? Deadline.after(1, TimeUnit.MINUTES) : deadline;
        return new CallDeadline(attempt, all, all, Deadline.after(0, TimeUnit.NANOSECONDS)).within(inherited);
    }

    private Metadata headers(RegisterBranchResponse registered) {
        String branch = registered.getBranch();
        Metadata headers = new Metadata();
        headers.put(BranchMetadata.GID, gid);
        headers.put(BranchMetadata.BRANCH, branch);
        headers.put(BranchMetadata.OPERATION, "try");
        headers.put(BranchMetadata.PATTERN, "tcc");
        headers.put(BranchMetadata.IDEMPOTENCY_KEY, gid + "/" + branch + "/try");
        if (registered.getFence() > 0) {
            headers.put(BranchMetadata.FENCE, Long.toString(registered.getFence()));
            if (registered.getFenceBase() > 0) {
                headers.put(BranchMetadata.FENCE_BASE, Integer.toString(registered.getFenceBase()));
            }
        }
        if (!registered.getJoinToken().isEmpty()) {
            headers.put(BranchMetadata.JOIN, registered.getJoinToken());
        }
        if (created != null) {
            headers.put(BranchMetadata.CREATED, created.toString());
        }
        return headers;
    }

    private static <T> T first(@Nullable T first, @Nullable T second, T last) {
        if (first != null) {
            return first;
        }
        return second != null ? second : last;
    }
}
