package dev.entente.server.api.access;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.api.wire.Errors;
import dev.entente.server.telemetry.MetricName;
import dev.entente.server.telemetry.Metrics;
import dev.entente.server.telemetry.Peer;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Limits concurrent calls without a token to health and reflection, because a client may keep a health watch open
 * indefinitely. Runs after {@link Authentication}. Thread-safe.
 */
public final class OpenCalls implements ServerInterceptor {
    private static final int MAX_PEER_CALLS = 1000;
    private static final int MAX_ALL_CALLS = 20_000;
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final Metrics metrics;
    private final Map<String, Integer> byPeer = new ConcurrentHashMap<>();
    private final AtomicInteger all = new AtomicInteger();

    public OpenCalls(Metrics metrics) {
        this.metrics = metrics;
        metrics.show(MetricName.OPEN_CALLS, all::get);
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        if (!call.getMethodDescriptor().getFullMethodName().startsWith("grpc.")
                || Caller.current().isKnown()) {
            return next.startCall(call, headers);
        }
        SocketAddress address = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
        String peer = address == null ? "" : Peer.of(address);
        int ofPeer = byPeer.merge(peer, 1, Integer::sum);
        if (all.incrementAndGet() > MAX_ALL_CALLS || ofPeer > MAX_PEER_CALLS) {
            ended(peer);
            metrics.openCallRefused();
            String why = "too many calls without a token are in flight; end some, or send the call again later";
            return Errors.refuse(call, Refusal.temporary(ErrorCode.OVERLOADED, why, PAUSE));
        }
        ServerCall.Listener<Q> started;
        try {
            started = next.startCall(call, headers);
        } catch (RuntimeException | Error failed) {
            // gRPC receives the exception and ends the call without a call to the listener.
            ended(peer);
            throw failed;
        }
        return new SimpleForwardingServerCallListener<>(started) {
            @Override
            public void onCancel() {
                ended(peer);
                super.onCancel();
            }

            @Override
            public void onComplete() {
                ended(peer);
                super.onComplete();
            }
        };
    }

    private void ended(String peer) {
        all.decrementAndGet();
        byPeer.computeIfPresent(peer, (_, open) -> open == 1 ? null : open - 1);
    }
}
