package dev.entente.server.api.access;

import dev.entente.core.transaction.Refusal;
import dev.entente.server.api.wire.Errors;
import dev.entente.server.api.wire.UnparsedBytes;
import io.grpc.ServerCall;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Receives the one request of a refused call, if the request arrives in time. Thread-safe. */
final class RefusedRequest<Q> extends ServerCall.Listener<Q> {
    /** The maximum wait for the request. */
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final ServerCall<Q, ?> call;
    /** The request, or another object if the request is unreadable or late. */
    private final CompletableFuture<Object> request = new CompletableFuture<>();

    private RefusedRequest(ServerCall<Q, ?> call) {
        this.call = call;
    }

    /**
     * Refuses the call after its request, or immediately if the client may send several requests.
     *
     * @param reported receives the request, or another object if the request is unreadable
     */
    static <Q> ServerCall.Listener<Q> of(ServerCall<Q, ?> call, Refusal refusal, Consumer<Object> reported) {
        RefusedRequest<Q> refused = new RefusedRequest<>(call);
        var _ = refused.request.thenAccept(request -> {
            reported.accept(request);
            var _ = Errors.refuse(call, refusal);
        });
        if (call.getMethodDescriptor().getType().clientSendsOneMessage()) {
            call.request(1);
            refused.request.completeOnTimeout("", TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        } else {
            refused.request.complete("");
        }
        return refused;
    }

    @Override
    public void onMessage(Q bytes) {
        request.complete(UnparsedBytes.read(call.getMethodDescriptor().getRequestMarshaller(), bytes));
    }

    @Override
    public void onHalfClose() {
        request.complete("");
    }

    @Override
    public void onCancel() {
        request.complete("");
    }
}
