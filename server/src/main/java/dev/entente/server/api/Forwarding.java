package dev.entente.server.api;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.rpc.ErrorInfo;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.api.access.Caller;
import dev.entente.server.api.access.PeerProof;
import dev.entente.server.api.access.RequestId;
import dev.entente.server.api.wire.Errors;
import dev.entente.server.store.Membership.Peer;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Forwards a request once to the coordinator that owns a transaction, or to another coordinator that accepts work. It
 * sends the same RPC, on behalf of the caller.
 *
 * <p>The call contains a {@link PeerProof} in place of the caller's bearer token. The proof names the caller and its
 * roles, so the owner checks the role itself and audits the original caller. The proof also marks the call, which is
 * therefore forwarded at most once. Thread-safe; does not block.
 */
final class Forwarding {
    /**
     * The timeout beyond the request's own wait. Actions wait for calls in flight, and for each other. The connection's
     * keepalive detects a dead or hung owner.
     */
    private static final Duration TIMEOUT = Duration.ofMinutes(5);

    /**
     * The longest wait for the response of {@link #look}. A page that polls each second shows the outcome within two
     * seconds.
     */
    static final Duration LOOK = Duration.ofMillis(750);

    /**
     * The limit of channels, higher than the number of coordinators of any cluster. A coordinator's address changes
     * with a restart on another machine.
     */
    private static final int MAX_CHANNELS = 256;

    /**
     * The only valid form of an address in the table, which excludes sockets in the file system and other resolvers.
     * Host names are not checked further, because coordinators run in the private network.
     */
    private static final Pattern ADDRESS = Pattern.compile("([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.%]+]):[0-9]{1,5}");

    private final Peers peers;
    private final PeerProof proof;
    private final Function<String, ManagedChannel> connect;
    private final Map<String, ManagedChannel> channels = new ConcurrentHashMap<>();
    /** The incarnations that did not respond to {@link #look}, each with the last request. */
    private final Map<Long, CompletableFuture<Void>> silent = new ConcurrentHashMap<>();

    /** @param connect makes a channel to {@code host:port} */
    Forwarding(Peers peers, PeerProof proof, Function<String, ManagedChannel> connect) {
        this.peers = peers;
        this.proof = proof;
        this.connect = connect;
    }

    /**
     * Returns the timeout for another coordinator: less than the client's deadline. The client then receives an error
     * about the other coordinator, and does not regard this coordinator as unresponsive.
     *
     * @param wait how long the request itself may wait for its response
     * @param client the client's deadline, if any
     */
    static Duration within(Duration wait, @Nullable Deadline client) {
        Duration longest = wait.plus(TIMEOUT);
        if (client == null) {
            return longest;
        }
        Duration left = Duration.ofNanos(Math.max(0, client.timeRemaining(TimeUnit.NANOSECONDS)));
        Duration certain = left.compareTo(wait) < 0 ? Duration.ZERO : wait;
        Duration bound = certain.plus(left.minus(certain).multipliedBy(3).dividedBy(4));
        return bound.compareTo(longest) < 0 ? bound : longest;
    }

    /**
     * Sends one request to the owner and returns one response.
     *
     * @param within the timeout of the response: see {@link #within}
     * @return fails with the owner's error, with ENT-023 if the response is too large to be forwarded, or ENT-053 if
     *     the owner is unreachable
     */
    <Q, R> CompletableFuture<R> ask(
            long owner, MethodDescriptor<Q, R> method, Q request, Caller caller, Duration within) {
        return living(owner).thenCompose(peer -> ask(peer, method, request, caller, within));
    }

    private CompletableFuture<Peer> living(long owner) {
        return peers.find(owner).thenApply(peer -> {
            if (peer == null || peer.deadAt() != null) {
                throw Errors.ownerUnreachable("incarnation " + owner, "it is no longer alive");
            }
            return peer;
        });
    }

    /**
     * Reads the memory of another coordinator, for at most {@link #LOOK}. A coordinator that does not respond is silent
     * until it responds to a later read. A silent coordinator receives one read at a time, and no caller waits for this
     * read.
     *
     * @return fails like {@link #ask}; immediately if the owner is silent
     */
    <Q, R> CompletableFuture<R> look(long owner, MethodDescriptor<Q, R> method, Q request, Caller caller) {
        CompletableFuture<Void> last = silent.get(owner);
        if (last == null) {
            return sent(owner, method, request, caller);
        }
        CompletableFuture<Void> next = new CompletableFuture<>();
        if (last.isDone() && silent.replace(owner, last, next)) {
            var _ = sent(owner, method, request, caller).whenComplete((_, _) -> next.complete(null));
        }
        return CompletableFuture.failedFuture(
                Errors.ownerUnreachable("incarnation " + owner, "it has not responded to an earlier request"));
    }

    private <Q, R> CompletableFuture<R> sent(long owner, MethodDescriptor<Q, R> method, Q request, Caller caller) {
        Context before = Context.ROOT.attach(); // the caller's deadline must not count as the owner's silence
        try {
            return OwnerRouter.start(() -> ask(owner, method, request, caller, LOOK))
                    .whenComplete((_, failure) -> note(owner, isUnreachable(failure)));
        } finally {
            Context.ROOT.detach(before);
        }
    }

    private void note(long owner, boolean isSilent) {
        if (!isSilent) {
            silent.remove(owner);
        } else {
            if (silent.size() >= MAX_CHANNELS) {
                silent.clear();
            }
            silent.putIfAbsent(owner, CompletableFuture.completedFuture(null));
        }
    }

    /** Returns whether a request failed because its owner did not respond. */
    static boolean isUnreachable(@Nullable Throwable failure) {
        return failure != null
                && Errors.unwrap(failure) instanceof Refusal refusal
                && refusal.code() == ErrorCode.OWNER_UNREACHABLE;
    }

    /**
     * Sends a request to any other coordinator.
     *
     * @param why the failure if there is no other coordinator
     */
    <Q, R> CompletableFuture<R> askAnother(
            Refusal why, MethodDescriptor<Q, R> method, Q request, Caller caller, Duration within) {
        return peers.another()
                .thenCompose(peer -> peer == null
                        ? CompletableFuture.failedFuture(why)
                        : ask(peer, method, request, caller, within));
    }

    private <Q, R> CompletableFuture<R> ask(
            Peer peer, MethodDescriptor<Q, R> method, Q request, Caller caller, Duration within) {
        CompletableFuture<R> answer = new CompletableFuture<>();
        CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(within.toMillis(), TimeUnit.MILLISECONDS);
        ClientCall<Q, R> call = channel(peer, method, request, caller).newCall(method, options);
        Futures.addCallback(
                ClientCalls.futureUnaryCall(call, request),
                new FutureCallback<R>() {
                    @Override
                    public void onSuccess(R answered) {
                        answer.complete(answered);
                    }

                    @Override
                    public void onFailure(Throwable thrown) {
                        Throwable reported = thrown; // if the translation fails
                        try {
                            reported = translated(peer, thrown);
                        } finally {
                            answer.completeExceptionally(reported);
                        }
                    }
                },
                MoreExecutors.directExecutor());
        return answer;
    }

    /** Sends one request for a stream of responses; the listener's {@code onError} receives an error for clients. */
    <Q, R> CompletableFuture<ClientCall<Q, R>> stream(
            long owner, MethodDescriptor<Q, R> method, Q request, Caller caller, StreamObserver<R> listener) {
        return living(owner).thenApply(peer -> {
            ClientCall<Q, R> call = channel(peer, method, request, caller).newCall(method, CallOptions.DEFAULT);
            ClientCalls.asyncServerStreamingCall(
                    call, request, new Forwarded<>(thrown -> translated(peer, thrown), listener));
            return call;
        });
    }

    void close() {
        channels.values().forEach(ManagedChannel::shutdownNow);
    }

    private <Q> Channel channel(Peer peer, MethodDescriptor<Q, ?> method, Q request, Caller caller) {
        if (channels.size() > MAX_CHANNELS) {
            channels.values().removeIf(channel -> {
                channel.shutdown();
                return true;
            });
        }
        if (!ADDRESS.matcher(peer.address()).matches()) {
            throw Errors.ownerUnreachable("'" + peer.node() + "'", "its address in the table is not a valid host:port");
        }
        Metadata headers = new Metadata();
        headers.put(
                PeerProof.HEADER, proof.of(caller, peer.node(), method.getFullMethodName(), bytes(method, request)));
        if (caller.requestId() != null) {
            headers.put(RequestId.HEADER, caller.requestId());
        }
        return ClientInterceptors.intercept(
                channels.computeIfAbsent(peer.address(), connect), MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    /** Returns the serialized request, as the channel sends it. */
    private static <Q> byte[] bytes(MethodDescriptor<Q, ?> method, Q request) {
        try (InputStream stream = method.streamRequest(request)) {
            return stream.readAllBytes();
        } catch (IOException unexpected) {
            throw new UncheckedIOException(unexpected);
        }
    }

    /**
     * Passes on an error of the owner. Reports a response that is too large with ENT-023. Any other failure means an
     * unreachable owner. A refused proof is not the caller's fault, because this coordinator authenticated the caller.
     */
    private Throwable translated(Peer peer, Throwable thrown) {
        Status status = Status.fromThrowable(thrown);
        String owner = "'" + peer.node() + "'";
        if (status.getCode() == Status.Code.UNAUTHENTICATED) {
            return Errors.ownerRefuses(owner, String.valueOf(status.getDescription()));
        }
        if (thrown instanceof StatusRuntimeException answered && isOurs(answered)) {
            return answered;
        }
        if (status.getCode() == Status.Code.RESOURCE_EXHAUSTED) {
            return Refusal.of(
                    ErrorCode.TOO_LARGE,
                    "the coordinator " + owner
                            + " was asked, but the request or the response is too large to be forwarded"
                            + " (" + status.getDescription()
                            + "); ask for less: view BASIC, without render_json");
        }
        forget(peer.address());
        return Errors.ownerUnreachable(owner, status.getCode() + ", and the request may have been processed");
    }

    /**
     * Removes a failed channel, because its reconnect backoff grows, while a new coordinator may soon serve at the same
     * address.
     */
    private void forget(String address) {
        ManagedChannel failed = channels.remove(address);
        if (failed != null) {
            failed.shutdown();
        }
    }

    private static boolean isOurs(StatusRuntimeException answered) {
        var status = StatusProto.fromThrowable(answered);
        return status != null && status.getDetailsList().stream().anyMatch(detail -> detail.is(ErrorInfo.class));
    }

    private record Forwarded<R>(Function<Throwable, Throwable> translate, StreamObserver<R> listener)
            implements StreamObserver<R> {
        @Override
        public void onNext(R answer) {
            listener.onNext(answer);
        }

        @Override
        public void onError(Throwable thrown) {
            listener.onError(Errors.of(translate.apply(thrown)));
        }

        @Override
        public void onCompleted() {
            listener.onCompleted();
        }
    }
}
