package dev.entente.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class MisconfiguredMessagesTest {
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1);
    private final MisconfiguredMessages destinations = new MisconfiguredMessages(now::get);

    private void pass(int seconds) {
        now.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
    }

    @Test
    void a_message_passes_for_one_minute_and_after_a_refusal_again() {
        assertThat(destinations.mayPass("m-1")).isTrue();
        pass(59);
        assertThat(destinations.mayPass("m-1")).isTrue();
        assertThat(destinations.mayPass("m-2")).isTrue();
        pass(1);
        assertThat(destinations.mayPass("m-1")).isFalse();
        assertThat(destinations.mayPass("m-1")).isTrue();
        pass(59);
        destinations.forget("m-2");
        assertThat(destinations.mayPass("m-2")).isTrue();
    }
}
