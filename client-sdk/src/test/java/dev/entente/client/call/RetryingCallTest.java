package dev.entente.client.call;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Empty;
import dev.entente.wire.ErrorDetails;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class RetryingCallTest {
    @Test
    void a_defect_between_two_attempts_fails_the_result() {
        List<Transport.Completion<Empty>> sent = new ArrayList<>();
        CompletableFuture<Empty> result = new RetryingCall<Empty, Empty>(
                        (request, headers, deadline, answer) -> {
                            sent.add(answer);
                            return () -> {};
                        },
                        Empty::getDefaultInstance,
                        attempt -> new Metadata(),
                        CallDeadline.of(Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ZERO),
                        new Defective())
                .start();

        answerThoughItThrows(sent.get(0));

        assertThat(result).isCompletedExceptionally();
    }

    /** A retry rule that throws an error. */
    private static final class Defective implements RetryRule {
        @Override
        public Optional<Duration> next(ErrorDetails answer, Throwable thrown, String address, boolean isSent) {
            throw new AssertionError("on purpose");
        }

        @Override
        public RuntimeException failure(ErrorDetails answer, Throwable cause, boolean isEarlierInDoubt) {
            return new IllegalStateException(answer.describe(), cause);
        }
    }

    /** Delivers a failure as the transport does, and accepts the error of the rule. */
    private static void answerThoughItThrows(Transport.Completion<Empty> sent) {
        try {
            sent.failed(Status.UNAVAILABLE.asRuntimeException(), "coordinator:7790", true);
        } catch (AssertionError thrown) {
            assertThat(thrown).hasMessage("on purpose");
        }
    }
}
