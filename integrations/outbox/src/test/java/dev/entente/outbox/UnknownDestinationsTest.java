package dev.entente.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class UnknownDestinationsTest {
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1);
    private final UnknownDestinations misdirected = new UnknownDestinations(now::get);

    private void pass(int seconds) {
        now.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
    }

    @Test
    void a_message_is_tried_for_a_minute_on_end_and_then_anew() {
        assertThat(misdirected.mayPass("m-1")).isTrue();
        pass(59);
        assertThat(misdirected.mayPass("m-1")).isTrue();
        assertThat(misdirected.mayPass("m-2")).isTrue();
        pass(1);
        assertThat(misdirected.mayPass("m-1")).isFalse();
        assertThat(misdirected.mayPass("m-1")).isTrue();
        pass(59);
        misdirected.forget("m-2");
        assertThat(misdirected.mayPass("m-2")).isTrue();
    }
}
