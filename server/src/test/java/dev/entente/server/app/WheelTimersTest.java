package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.PatientAwaits;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WheelTimersTest {
    private final WheelTimers timers = new WheelTimers();
    private final CountDownLatch mayEnd = new CountDownLatch(1);

    @AfterEach
    void close() {
        mayEnd.countDown();
        timers.close();
    }

    @Test
    void a_blocked_timer_task_does_not_delay_a_renewal() throws InterruptedException {
        CountDownLatch isBlocked = new CountDownLatch(1);
        timers.schedule(Duration.ZERO, () -> {
            isBlocked.countDown();
            awaitEnd();
        });
        assertThat(isBlocked.await(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS))
                .isTrue();

        CountDownLatch renewed = new CountDownLatch(1);
        timers.scheduleApart(Duration.ZERO, renewed::countDown);

        assertThat(renewed.await(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
    }

    @Test
    void a_task_that_is_scheduled_after_the_close_never_runs() throws InterruptedException {
        CountDownLatch ran = new CountDownLatch(1);
        timers.schedule(Duration.ofDays(1), ran::countDown); // starts the wheel
        timers.close();

        timers.schedule(Duration.ZERO, ran::countDown).cancel();
        timers.scheduleApart(Duration.ZERO, ran::countDown);

        assertThat(ran.getCount()).isOne();
    }

    private void awaitEnd() {
        try {
            mayEnd.await();
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }
}
