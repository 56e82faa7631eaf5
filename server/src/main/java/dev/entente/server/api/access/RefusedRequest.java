package dev.entente.server.api.access;

import dev.entente.core.transaction.Refusal;
import dev.entente.server.api.wire.Errors;
import dev.entente.server.api.wire.UnparsedBytes;
import io.grpc.ServerCall;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** Hears the one request of a call that is refused whatever it says, if it comes in time. Thread-safe. */
final class RefusedRequest<Q> extends ServerCall.Listener<Q> {
    /** A request that comes later is not heard. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final ServerCall<Q, ?> call;
    private final Refusal refusal;
    private final Consumer<Object> told;
    private final AtomicBoolean isOver = new AtomicBoolean();

    private RefusedRequest(ServerCall<Q, ?> call, Refusal refusal, Consumer<Object> told) {
        this.call = call;
        this.refusal = refusal;
        this.told = told;
    }

    /**
     * Refuses the call behind its request, or at once where there may be many.
     *
     * @param told takes the request, or something else where none can be read
     */
    static <Q> ServerCall.Listener<Q> of(ServerCall<Q, ?> call, Refusal refusal, Consumer<Object> told) {
        RefusedRequest<Q> refused = new RefusedRequest<>(call, refusal, told);
        if (call.getMethodDescriptor().getType().clientSendsOneMessage()) {
            call.request(1);
            CompletableFuture.delayedExecutor(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                    .execute(() -> refused.end(""));
        } else {
            refused.end("");
        }
        return refused;
    }

    @Override
    public void onMessage(Q bytes) {
        end(UnparsedBytes.read(call.getMethodDescriptor().getRequestMarshaller(), bytes));
    }

    @Override
    public void onHalfClose() {
        end("");
    }

    @Override
    public void onCancel() {
        end("");
    }

    private void end(Object request) {
        if (isOver.compareAndSet(false, true)) {
            told.accept(request);
            var _ = Errors.refuse(call, refusal);
        }
    }
}
