package dev.entente.client.channel;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A channel without a connection. The test answers the calls and sets the state. Used by one thread. */
final class FakeChannel extends ManagedChannel {
    final List<FakeCall> calls = new ArrayList<>();
    final List<FakeCall> streams = new ArrayList<>();
    final List<FakeCall> checks = new ArrayList<>();
    ConnectivityState state = ConnectivityState.READY;
    /** Ends calls while they start. */
    boolean isClosed;

    int idles;
    int reconnects;
    /** Runs during the start of each call. */
    Runnable whileStarting = () -> {};

    /** One call, as the server has it. */
    final class FakeCall extends ClientCall<Object, Object> {
        private @Nullable Listener<Object> listener;
        private boolean isCancelled;
        private @Nullable Status ended;

        /** Answers a health check. */
        void answer(byte[] response) {
            Objects.requireNonNull(listener).onMessage(response);
            end(Status.OK);
        }

        void end(Status status) {
            end(status.asRuntimeException(new Metadata()));
        }

        void end(StatusRuntimeException with) {
            if (ended == null) {
                ended = with.getStatus();
                Objects.requireNonNull(listener).onClose(ended, Objects.requireNonNull(with.getTrailers()));
            }
        }

        boolean hasEnded() {
            return ended != null;
        }

        @Override
        @SuppressWarnings("unchecked")
        public void start(Listener<Object> reported, Metadata headers) {
            whileStarting.run();
            if (isCancelled) {
                throw new IllegalStateException("call was cancelled");
            }
            listener = reported;
            if (isClosed) {
                end(Status.UNAVAILABLE);
            }
        }

        @Override
        public void cancel(@Nullable String message, @Nullable Throwable cause) {
            isCancelled = true;
            if (listener != null) {
                end(Status.CANCELLED.withDescription(message));
            }
        }

        @Override
        public void request(int messages) {
            // all messages are delivered
        }

        @Override
        public void halfClose() {
            // requests are not read
        }

        @Override
        public void sendMessage(Object message) {
            // requests are not read
        }
    }

    @Override
    @SuppressWarnings("unchecked") // the test answers with messages of the method's type
    public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
        FakeCall call = new FakeCall();
        List<FakeCall> unary = method == (Object) HealthCheck.CHECK ? checks : calls;
        (method.getType() == MethodDescriptor.MethodType.UNARY ? unary : streams).add(call);
        return (ClientCall<Q, R>) call;
    }

    @Override
    public ConnectivityState getState(boolean requestConnection) {
        return state;
    }

    @Override
    public void resetConnectBackoff() {
        reconnects++;
    }

    @Override
    public void enterIdle() {
        idles++;
    }

    @Override
    public String authority() {
        return "fake";
    }

    @Override
    public ManagedChannel shutdown() {
        return this;
    }

    @Override
    public boolean isShutdown() {
        return false;
    }

    @Override
    public boolean isTerminated() {
        return false;
    }

    @Override
    public ManagedChannel shutdownNow() {
        return this;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return false;
    }
}
