package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.Status;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Beyond its wait no call is repeated, however long one without a wait would be. */
@Execution(ExecutionMode.CONCURRENT)
class BoundedWaitTest extends CoordinatorFixture {
    BoundedWaitTest() throws IOException {}

    @Test
    void the_wait_bounds_the_repetitions_and_one_that_is_silent() {
        for (int i = 0; i < 1000; i++) {
            coordinator.fail("submit", Status.UNAVAILABLE.asRuntimeException());
        }
        try (Entente patient = server.client()
                .retryFor(Duration.ofHours(1))
                .callTimeout(Duration.ofHours(1))
                .build()) {
            assertInDoubt(patient.saga("checkout"));
            coordinator.ignore("submit");
            coordinator.ignore("get");
            assertInDoubt(patient.saga("checkout"));
            var looked = patient.transactions().awaitAsync("order-1", Duration.ofMillis(300));
            await().until(looked::isDone);
            assertThatThrownBy(looked::join).hasCauseInstanceOf(CoordinatorUnavailable.class);
        }
    }

    private static void assertInDoubt(Saga saga) {
        var ended = saga.submitAndWaitAsync(Duration.ofMillis(300));
        await().until(ended::isDone);
        assertThatThrownBy(ended::join)
                .cause()
                .isInstanceOfSatisfying(
                        CoordinatorUnavailable.class,
                        unknown -> assertThat(unknown.certainty()).isEqualTo(CoordinatorUnavailable.Certainty.UNKNOWN));
    }
}
