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

/** A stream between its cancellation and its end, on a call whose end the test gives. */
class SubmitStreamTest {
    private static final byte[] REQUEST = {};

    private final Line line = new Line();
    private final SubmitStream stream = SubmitStream.open(line, CallOptions.DEFAULT);

    @Test
    void nothing_is_written_to_a_call_that_is_cancelled_and_its_end_tells_who_waits() {
        Reported cancelled = new Reported();
        Reported waiting = new Reported();
        Reported late = new Reported();
        long first = stream.send(REQUEST, "", null, cancelled);
        stream.send(REQUEST, "", null, waiting);
        stream.send(REQUEST, "", Deadline.after(1100, TimeUnit.MILLISECONDS), late);
        await().until(() -> line.call.cancels.size() == 1);
        assertThat(late.what).containsExactly("failed: DEADLINE_EXCEEDED");

        stream.cancel(first);
        assertThat(stream.send(REQUEST, "", null, new Reported())).isZero();
        stream.close();
        line.call.end(Status.CANCELLED);

        assertThat(line.call.cancels).hasSize(1);
        assertThat(waiting.what).containsExactly("lost: CANCELLED");
        assertThat(cancelled.what).isEmpty();
    }

    /** Collects the ends that an item was told. */
    private static final class Reported implements SubmitStream.Answer {
        private final List<String> what = new CopyOnWriteArrayList<>();

        @Override
        public void accepted(SubmitTransactionResponse response) {
            what.add("accepted");
        }

        @Override
        public void failed(StatusRuntimeException error) {
            what.add("failed: " + error.getStatus().getCode());
        }

        @Override
        public void lost(StatusRuntimeException why, boolean isSent) {
            what.add("lost: " + why.getStatus().getCode());
        }
    }

    private static final class Line extends Channel {
        private final SilentCall<Object, Object> call = new SilentCall<>();

        @Override
        @SuppressWarnings("unchecked") // the stream's types are its own affair
        public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
            return (ClientCall<Q, R>) call;
        }

        @Override
        public String authority() {
            return "nobody";
        }
    }

    /** Takes everything, answers nothing, and refuses what gRPC refuses behind a cancellation. */
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
