package dev.entente.server.api.access;

import dev.entente.core.transaction.Refusal;
import dev.entente.server.api.wire.Errors;
import dev.entente.server.api.wire.UnparsedBytes;
import io.grpc.ServerCall;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Hears the one request of a call that is refused whatever it says, if it comes in time. Thread-safe. */
final class RefusedRequest<Q> extends ServerCall.Listener<Q> {
    /** A request that comes later is not heard. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final ServerCall<Q, ?> call;
    /** The request, or something else where none can be read, or none came in time. */
    private final CompletableFuture<Object> request = new CompletableFuture<>();

    private RefusedRequest(ServerCall<Q, ?> call) {
        this.call = call;
    }

    /**
     * Refuses the call behind its request, or at once where there may be many.
     *
     * @param told takes the request, or something else where none can be read
     */
    static <Q> ServerCall.Listener<Q> of(ServerCall<Q, ?> call, Refusal refusal, Consumer<Object> told) {
        RefusedRequest<Q> refused = new RefusedRequest<>(call);
        var _ = refused.request.thenAccept(request -> {
            told.accept(request);
            var _ = Errors.refuse(call, refusal);
        });
        if (call.getMethodDescriptor().getType().clientSendsOneMessage()) {
            call.request(1);
            refused.request.completeOnTimeout("", PATIENCE.toSeconds(), TimeUnit.SECONDS);
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
