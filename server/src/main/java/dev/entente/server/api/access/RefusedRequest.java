package dev.entente.server.api.access;

import dev.entente.core.transaction.Refusal;
import dev.entente.server.api.wire.Errors;
import dev.entente.server.api.wire.UnparsedBytes;
import io.grpc.ServerCall;
import java.util.function.Consumer;

/** Hears the one request of a call that is refused whatever it says. Used by one thread at a time. */
final class RefusedRequest<Q> extends ServerCall.Listener<Q> {
    private final ServerCall<Q, ?> call;
    private final Refusal refusal;
    private final Consumer<Object> told;
    private boolean isOver;

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
        if (!isOver) {
            isOver = true;
            told.accept(request);
            var _ = Errors.refuse(call, refusal);
        }
    }
}
