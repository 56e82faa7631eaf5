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
 * Asks the coordinator that holds a transaction, or another that takes work, once: the same RPC, in the caller's own
 * name.
 *
 * <p>A {@link PeerProof} goes along in place of the caller's bearer token: it names the caller and its roles, so the
 * owner checks the role itself and its audit names who really asked. It marks the call as well, so that it is never
 * passed on twice. Thread-safe; nothing blocks.
 */
final class Forwarding {
    /**
     * Beyond the wait that the request itself asks for. Acts await calls under way, and each other; that the owner is
     * gone or stands still is told by its connection.
     */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    /** The longest wait for the answer to a look. A page that looks each second shows its outcome within two. */
    static final Duration LOOK = Duration.ofMillis(750);

    /** A coordinator's addresses change when it is restarted elsewhere; more channels than this are never needed. */
    private static final int MAX_CHANNELS = 256;

    /**
     * Nothing else is called, whatever stands in the table: no socket in the file system, no other resolver. Names are
     * not judged further, for coordinators are in the private network themselves.
     */
    private static final Pattern ADDRESS = Pattern.compile("([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.%]+]):[0-9]{1,5}");

    private final Peers peers;
    private final PeerProof proof;
    private final Function<String, ManagedChannel> connect;
    private final Map<String, ManagedChannel> channels = new ConcurrentHashMap<>();
    /** Incarnations that left a look unanswered, each with the last look that was sent to it. */
    private final Map<Long, CompletableFuture<Void>> silent = new ConcurrentHashMap<>();

    /** @param connect makes a channel to {@code host:port} */
    Forwarding(Peers peers, PeerProof proof, Function<String, ManagedChannel> connect) {
        this.peers = peers;
        this.proof = proof;
        this.connect = connect;
    }

    /**
     * Returns how long another coordinator may take: somewhat less than the client waits. So the client hears that the
     * other one did not answer, and does not take this one for the silent one.
     *
     * @param wait how long the request itself may wait for its answer
     * @param client when the client waits no longer, if it has said so
     */
    static Duration within(Duration wait, @Nullable Deadline client) {
        Duration longest = wait.plus(PATIENCE);
        if (client == null) {
            return longest;
        }
        Duration left = Duration.ofNanos(Math.max(0, client.timeRemaining(TimeUnit.NANOSECONDS)));
        Duration certain = left.compareTo(wait) < 0 ? Duration.ZERO : wait;
        Duration bound = certain.plus(left.minus(certain).multipliedBy(3).dividedBy(4));
        return bound.compareTo(longest) < 0 ? bound : longest;
    }

    /**
     * One request, one answer.
     *
     * @param within how long the answer may take: see {@link #within}
     * @return fails with what the owner answered, with ENT-023 where that is too large to be passed on, or ENT-053
     *     where it cannot be reached
     */
    <Q, R> CompletableFuture<R> ask(
            long owner, MethodDescriptor<Q, R> method, Q request, Caller caller, Duration within) {
        return living(owner).thenCompose(peer -> ask(peer, method, request, caller, within));
    }

    private CompletableFuture<Peer> living(long owner) {
        return peers.find(owner).thenApply(peer -> {
            if (peer == null || peer.deadAt() != null) {
                throw Errors.ownerUnreachable("incarnation " + owner, "it is gone");
            }
            return peer;
        });
    }

    /**
     * Looks at what another coordinator holds, for {@link #LOOK} at most. One that does not answer is silent until it
     * answers a look: one look at a time is still sent to it, and no caller waits for that.
     *
     * @return fails as that of {@link #ask}; at once where the owner is silent
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
                Errors.ownerUnreachable("incarnation " + owner, "it left an earlier look unanswered"));
    }

    private <Q, R> CompletableFuture<R> sent(long owner, MethodDescriptor<Q, R> method, Q request, Caller caller) {
        Context before = Context.ROOT.attach(); // that the caller's time is over says nothing about the owner
        try {
            return Relay.start(() -> ask(owner, method, request, caller, LOOK))
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

    /** Tells whether a request failed because its owner did not answer. */
    static boolean isUnreachable(@Nullable Throwable failure) {
        return failure != null
                && Errors.unwrap(failure) instanceof Refusal refusal
                && refusal.code() == ErrorCode.OWNER_UNREACHABLE;
    }

    /**
     * Asks any other coordinator.
     *
     * @param why what it fails with where there is none
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
                        Throwable told = thrown; // where it cannot be translated
                        try {
                            told = translated(peer, thrown);
                        } finally {
                            answer.completeExceptionally(told);
                        }
                    }
                },
                MoreExecutors.directExecutor());
        return answer;
    }

    /** One request, a stream of answers; what the listener's {@code onError} gets is what a client may be told. */
    <Q, R> CompletableFuture<ClientCall<Q, R>> stream(
            long owner, MethodDescriptor<Q, R> method, Q request, Caller caller, StreamObserver<R> listener) {
        return living(owner).thenApply(peer -> {
            ClientCall<Q, R> call = channel(peer, method, request, caller).newCall(method, CallOptions.DEFAULT);
            ClientCalls.asyncServerStreamingCall(
                    call, request, new Relayed<>(thrown -> translated(peer, thrown), listener));
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
            throw Errors.ownerUnreachable("'" + peer.node() + "'", "its address in the table is no host:port");
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

    /** As they are sent. */
    private static <Q> byte[] bytes(MethodDescriptor<Q, ?> method, Q request) {
        try (InputStream stream = method.streamRequest(request)) {
            return stream.readAllBytes();
        } catch (IOException unexpected) {
            throw new UncheckedIOException(unexpected);
        }
    }

    /**
     * An answer of the owner itself is passed on; what is too large was said, too; everything else means that it was
     * not reached. That it does not believe this coordinator is no fault of the caller, who is known here.
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
                            + " was asked, but what was to be said is too"
                            + " large to be passed on (" + status.getDescription()
                            + "); ask for less: view BASIC, without render_json");
        }
        forget(peer.address());
        return Errors.ownerUnreachable(owner, status.getCode() + ", and what was asked for may be done all the same");
    }

    /**
     * A channel that has failed waits longer and longer before it connects again; its successor at that address may be
     * there at once.
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

    private record Relayed<R>(Function<Throwable, Throwable> translate, StreamObserver<R> listener)
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
