package dev.entente.client.call;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Empty;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class RetryingCallTest {
    @Test
    void whoever_waits_is_told_of_a_defect_between_two_attempts() {
        List<Transport.Answer<Empty>> sent = new ArrayList<>();
        CompletableFuture<Empty> result = new RetryingCall<Empty, Empty>(
                        (request, headers, deadline, answer) -> {
                            sent.add(answer);
                            return () -> {};
                        },
                        RetryingCall.sending(Empty::getDefaultInstance, "order-1"),
                        CallDeadline.of(Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ZERO),
                        answer -> {
                            throw new AssertionError("on purpose");
                        },
                        (answer, cause, history) -> new IllegalStateException(history.describe(), cause))
                .start();

        answerThoughItThrows(sent.get(0));

        assertThat(result).isCompletedExceptionally();
    }

    /** As the transport does, whatever comes of it. */
    private static void answerThoughItThrows(Transport.Answer<Empty> sent) {
        try {
            sent.failed(Status.UNAVAILABLE.asRuntimeException(), "coordinator:7790", true);
        } catch (AssertionError thrown) {
            assertThat(thrown).hasMessage("on purpose");
        }
    }
}
