package dev.entente.stories.miswiring;

import dev.entente.wire.BranchMetadata;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Loses the first success response of each transaction, like a broken connection does, and counts the calls.
 * Thread-safe.
 */
final class LostAnswers implements ServerInterceptor {
    private final Set<String> lost = ConcurrentHashMap.newKeySet();
    private final Map<String, AtomicInteger> calls = new ConcurrentHashMap<>();

    /** Returns the number of calls of the transaction's branch. */
    int calls(String gid) {
        return calls.getOrDefault(gid, new AtomicInteger()).get();
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        String gid = headers.get(BranchMetadata.GID);
        if (gid == null) { // the stream itself
            return next.startCall(call, headers);
        }
        calls.computeIfAbsent(gid, first -> new AtomicInteger()).incrementAndGet();
        return next.startCall(
                new SimpleForwardingServerCall<>(call) {
                    @Override
                    public void close(Status status, Metadata trailers) {
                        boolean isLost = status.isOk() && lost.add(Objects.requireNonNull(gid));
                        super.close(
                                isLost ? Status.UNAVAILABLE.withDescription("the answer was lost") : status,
                                isLost ? new Metadata() : trailers);
                    }
                },
                headers);
    }
}
