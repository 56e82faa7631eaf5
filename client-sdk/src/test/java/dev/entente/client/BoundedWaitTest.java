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

/** The bound of a wait on repeated calls, below the client's own retry time. */
@Execution(ExecutionMode.CONCURRENT)
class BoundedWaitTest extends CoordinatorFixture {
    BoundedWaitTest() throws IOException {}

    @Test
    void the_wait_bounds_repeated_calls_and_unanswered_calls() {
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
            var outcome = patient.transactions().awaitAsync("order-1", Duration.ofMillis(300));
            await().until(outcome::isDone);
            assertThatThrownBy(outcome::join).hasCauseInstanceOf(CoordinatorUnavailable.class);
        }
    }

    private static void assertInDoubt(Saga saga) {
        var submitted = saga.submitAndWaitAsync(Duration.ofMillis(300));
        await().until(submitted::isDone);
        assertThatThrownBy(submitted::join)
                .cause()
                .isInstanceOfSatisfying(
                        CoordinatorUnavailable.class,
                        unknown -> assertThat(unknown.certainty()).isEqualTo(CoordinatorUnavailable.Certainty.UNKNOWN));
    }
}
