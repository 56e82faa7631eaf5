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
    void a_task_that_holds_up_all_others_holds_up_no_renewal() throws InterruptedException {
        CountDownLatch isHeldUp = new CountDownLatch(1);
        timers.schedule(Duration.ZERO, () -> {
            isHeldUp.countDown();
            awaitEnd();
        });
        assertThat(isHeldUp.await(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS))
                .isTrue();

        CountDownLatch renewed = new CountDownLatch(1);
        timers.scheduleApart(Duration.ZERO, renewed::countDown);

        assertThat(renewed.await(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
    }

    private void awaitEnd() {
        try {
            mayEnd.await();
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }
}
