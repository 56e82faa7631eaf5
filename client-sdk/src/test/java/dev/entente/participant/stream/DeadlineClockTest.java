package dev.entente.participant.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.PatientAwaits;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeadlineClockTest {
    private final DeadlineClock clock = new DeadlineClock();

    @AfterEach
    void stop() {
        clock.shutdownNow();
    }

    @Test
    void cancelled_deadlines_leave_at_most_one_task_in_the_queue() {
        for (int i = 0; i < 1000; i++) {
            assertThat(clock.schedule(() -> {}, 30, TimeUnit.SECONDS).cancel(false))
                    .isTrue();
            assertThat(clock.getQueue().size()).isLessThanOrEqualTo(1);
        }
        await().untilAsserted(() -> assertThat(clock.getQueue()).isEmpty());
    }

    @Test
    void tasks_run_after_short_and_long_delays() throws InterruptedException {
        CountDownLatch due = new CountDownLatch(2);
        assertThat(clock.schedule(due::countDown, 1, TimeUnit.MILLISECONDS).isCancelled())
                .isFalse();
        assertThat(clock.schedule(due::countDown, 150, TimeUnit.MILLISECONDS).isCancelled())
                .isFalse();
        assertThat(due.await(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }
}
