package dev.entente.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.v1.SubmitTransactionResponse;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A stream between its cancellation and its end, on a call that the test ends. */
class SubmitStreamTest {
    private static final byte[] REQUEST = {};

    private final SilentChannel channel = new SilentChannel();
    private final SubmitStream stream = SubmitStream.open(channel, CallOptions.DEFAULT);

    @Test
    void a_cancelled_stream_writes_nothing_and_its_close_fails_waiting_submits() {
        Reported cancelled = new Reported();
        Reported waiting = new Reported();
        Reported late = new Reported();
        long first = stream.send(REQUEST, "", null, cancelled);
        stream.send(REQUEST, "", null, waiting);
        stream.send(REQUEST, "", Deadline.after(1100, TimeUnit.MILLISECONDS), late);
        await().until(() -> channel.call.cancels.size() == 1);
        assertThat(late.results).containsExactly("failed: DEADLINE_EXCEEDED");

        stream.cancel(first);
        assertThat(stream.send(REQUEST, "", null, new Reported())).isZero();
        stream.close();
        channel.call.end(Status.CANCELLED);

        assertThat(channel.call.cancels).hasSize(1);
        assertThat(waiting.results).containsExactly("lost: CANCELLED");
        assertThat(cancelled.results).isEmpty();
    }

    /** Records the results that an item gets. */
    private static final class Reported implements SubmitStream.Completion {
        private final List<String> results = new CopyOnWriteArrayList<>();

        @Override
        public void accepted(SubmitTransactionResponse response) {
            results.add("accepted");
        }

        @Override
        public void failed(StatusRuntimeException error) {
            results.add("failed: " + error.getStatus().getCode());
        }

        @Override
        public void lost(StatusRuntimeException why, boolean isSent) {
            results.add("lost: " + why.getStatus().getCode());
        }
    }

    private static final class SilentChannel extends Channel {
        private final SilentCall<Object, Object> call = new SilentCall<>();

        @Override
        @SuppressWarnings("unchecked") // the call takes messages of any type
        public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
            return (ClientCall<Q, R>) call;
        }

        @Override
        public String authority() {
            return "unknown";
        }
    }

    /** Accepts all messages, answers none, and refuses messages after a cancellation, as gRPC does. */
    private static final class SilentCall<Q, R> extends ClientCall<Q, R> {
        private final List<String> cancels = new CopyOnWriteArrayList<>();
        private @Nullable Listener<R> listener;

        @Override
        public void start(Listener<R> responses, Metadata headers) {
            listener = responses;
        }

        @Override
        public void request(int messages) {}

        @Override
        public void cancel(@Nullable String message, @Nullable Throwable cause) {
            cancels.add(String.valueOf(message));
        }

        @Override
        public void halfClose() {
            refuseIfCancelled();
        }

        @Override
        public void sendMessage(Q message) {
            refuseIfCancelled();
        }

        private void refuseIfCancelled() {
            if (!cancels.isEmpty()) {
                throw new IllegalStateException("call was cancelled");
            }
        }

        void end(Status status) {
            Objects.requireNonNull(listener).onClose(status, new Metadata());
        }
    }
}
