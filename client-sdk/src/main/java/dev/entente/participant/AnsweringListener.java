package dev.entente.participant;

import io.grpc.ForwardingServerCallListener;
import io.grpc.ServerCall;

/**
 * Catches what a handler throws where gRPC calls it: a unary method at half-close, a streaming one with each message.
 */
final class AnsweringListener<Q> extends ForwardingServerCallListener.SimpleForwardingServerCallListener<Q> {
    private final AnsweringCall<Q, ?> call;

    AnsweringListener(ServerCall.Listener<Q> listener, AnsweringCall<Q, ?> call) {
        super(listener);
        this.call = call;
    }

    @Override
    public void onMessage(Q message) {
        answering(() -> super.onMessage(message));
    }

    @Override
    public void onHalfClose() {
        answering(super::onHalfClose);
    }

    private void answering(Runnable handler) {
        try {
            handler.run();
        } catch (RuntimeException failure) {
            if (!call.closeWith(failure)) {
                throw failure;
            }
        }
    }
}
