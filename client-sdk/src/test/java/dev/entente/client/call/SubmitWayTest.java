package dev.entente.client.call;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.SubmitTransactionResponse;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SubmitWayTest {
    private final AtomicInteger unary = new AtomicInteger();
    private final List<String> failed = new ArrayList<>();

    private final Transport<SubmitTransactionRequest, SubmitTransactionResponse> byItself =
            (request, headers, deadline, answer) -> {
                unary.incrementAndGet();
                return () -> {};
            };

    private final Transport.Answer<SubmitTransactionResponse> answer = new Transport.Answer<>() {
        @Override
        public void answered(SubmitTransactionResponse response) {
            throw new AssertionError("nobody answers here");
        }

        @Override
        public void failed(Throwable thrown, String address, boolean isSent) {
            failed.add(Status.fromThrowable(thrown).getCode() + " sent: " + isSent + " " + thrown.getMessage());
        }
    };

    /** A channel whose calls end within their start. */
    private static final class Ending extends Channel {
        private final Status status;

        Ending(Status status) {
            this.status = status;
        }

        @Override
        public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
            return new ClientCall<>() {
                @Override
                public void start(Listener<R> listener, Metadata headers) {
                    listener.onClose(status, new Metadata());
                }

                @Override
                public void request(int numMessages) {}

                @Override
                public void cancel(@Nullable String message, @Nullable Throwable cause) {}

                @Override
                public void halfClose() {}

                @Override
                public void sendMessage(Q message) {
                    throw new AssertionError("the call is over");
                }
            };
        }

        @Override
        public String authority() {
            return "nobody";
        }
    }

    private void submit(SubmitWay way) {
        way.send(
                SubmitTransactionRequest.getDefaultInstance(),
                new Metadata(),
                Deadline.after(5, TimeUnit.SECONDS),
                answer);
    }

    private SubmitWay wayOver(Channel channel) {
        return new SubmitWay(new SharedStream(channel, new Random(1)), byItself);
    }

    @Test
    void a_stream_that_breaks_before_it_takes_the_submit_is_an_attempt_that_sent_nothing() {
        SubmitWay way = wayOver(new Ending(Status.UNAVAILABLE.withDescription("refused")));

        submit(way);
        assertThat(unary).hasValue(0);
        assertThat(failed)
                .singleElement()
                .asString()
                .startsWith("UNAVAILABLE sent: false")
                .contains("refused");

        submit(way);
        assertThat(unary).hasValue(1);
        assertThat(failed).hasSize(1);
    }

    @Test
    void a_stream_that_was_closed_hands_the_submit_on_at_once() {
        submit(wayOver(new Ending(Status.OK)));
        assertThat(unary).hasValue(1);
        assertThat(failed).isEmpty();
    }
}
