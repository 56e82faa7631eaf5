package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.wire.ErrorDetails;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CoordinatorRetryRuleTest {
    private final CoordinatorRetryRule rule =
            new CoordinatorRetryRule("Submit", "order-1", false, new Random(7), () -> false);

    @Test
    void the_wait_between_attempts_grows_and_stays_below_its_bound() {
        Duration longest = Duration.ZERO;
        Duration shortest = Duration.ofSeconds(2);
        for (int attempt = 1; attempt <= 100; attempt++) {
            Duration wait = next(answer(Status.Code.UNAVAILABLE, "", null)).orElseThrow();
            assertThat(wait).isLessThanOrEqualTo(Duration.ofSeconds(2));
            assertThat(wait).isLessThanOrEqualTo(Duration.ofMillis(50).multipliedBy(1L << Math.min(attempt - 1, 10)));
            longest = wait.compareTo(longest) > 0 ? wait : longest;
            shortest = attempt > 10 && wait.compareTo(shortest) < 0 ? wait : shortest;
        }
        assertThat(longest).isGreaterThan(Duration.ofSeconds(1));
        assertThat(shortest).isLessThan(Duration.ofSeconds(1));
    }

    @Test
    void the_retry_delay_of_the_coordinator_is_a_lower_bound() {
        assertThat(next(answer(Status.Code.UNAVAILABLE, "ENT-053", Duration.ofSeconds(5)))
                        .orElseThrow())
                .isBetween(Duration.ofSeconds(5), Duration.ofMillis(5050));
    }

    @Test
    void only_transient_errors_are_repeated() {
        assertThat(next(answer(Status.Code.FAILED_PRECONDITION, "ENT-040", null)))
                .isEmpty();
        assertThat(next(answer(Status.Code.ABORTED, "ENT-044", null))).isEmpty();
        assertThat(next(answer(Status.Code.INTERNAL, "ENT-099", null))).isEmpty();
        assertThat(next(answer(Status.Code.RESOURCE_EXHAUSTED, "", null))).isEmpty(); // a message too large
        assertThat(next(answer(Status.Code.INTERNAL, "", null))).isPresent(); // a broken link
        assertThat(next(answer(Status.Code.RESOURCE_EXHAUSTED, "ENT-050", null)))
                .isPresent();
    }

    @Test
    void a_call_on_a_connection_closed_by_goaway_is_repeated() {
        ErrorDetails ended = new ErrorDetails(
                Status.Code.RESOURCE_EXHAUSTED,
                "Connection closed after GOAWAY. HTTP/2 error code: ENHANCE_YOUR_CALM (Bandwidth exhausted)",
                "",
                "",
                Optional.empty(),
                List.of());
        assertThat(next(ended)).isPresent();
    }

    @ParameterizedTest
    @CsvSource({
        "RESOURCE_EXHAUSTED, '', false, true",
        "RESOURCE_EXHAUSTED, '', true, false",
        "NOT_FOUND, '', true, false",
        "FAILED_PRECONDITION, '', true, false",
        "INVALID_ARGUMENT, '', true, false",
        "PERMISSION_DENIED, ENT-064, true, false",
        "PERMISSION_DENIED, ENT-064, false, true",
        "INTERNAL, ENT-099, false, false",
        "FAILED_PRECONDITION, ENT-040, true, true",
    })
    void only_a_coordinators_answer_refuses_an_attempt_in_doubt(
            Status.Code code, String reason, boolean isInDoubt, boolean isRefused) {
        ErrorDetails answer = answer(code, reason, null);
        assertThat(next(answer)).isEmpty();
        assertThat(rule.failure(answer, code.toStatus().asException(), isInDoubt))
                .isInstanceOf(isRefused ? TransactionRefused.class : CoordinatorUnavailable.class);
    }

    private Optional<Duration> next(ErrorDetails answer) {
        return rule.next(answer, answer.code().toStatus().asException(), "a:7790", true);
    }

    private static ErrorDetails answer(Status.Code code, String reason, @Nullable Duration retryAfter) {
        return new ErrorDetails(code, "", reason, "", Optional.ofNullable(retryAfter), List.of());
    }
}
