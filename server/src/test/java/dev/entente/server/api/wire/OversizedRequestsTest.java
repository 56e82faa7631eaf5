package dev.entente.server.api.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.telemetry.LogLines;
import io.grpc.Status;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class OversizedRequestsTest {
    @RegisterExtension
    private final LogLines lines = new LogLines(OversizedRequests.class);

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1);
    private final OversizedRequests filter = new OversizedRequests(now::get);

    private boolean logs(Throwable thrown) {
        LogRecord record = new LogRecord(Level.WARNING, "Exception processing message");
        record.setThrown(thrown);
        return filter.isLoggable(record);
    }

    private boolean logsTooLarge() {
        return logs(Status.RESOURCE_EXHAUSTED.withDescription("9 exceeds 5").asRuntimeException());
    }

    @Test
    void one_line_a_minute_counts_the_others() {
        for (int i = 0; i < 100; i++) {
            assertThat(logsTooLarge()).isFalse();
        }
        assertThat(lines.told()).hasSize(1);
        now.addAndGet(TimeUnit.MINUTES.toNanos(1));
        assertThat(logsTooLarge()).isFalse();
        assertThat(lines.told())
                .containsExactly(
                        "refused a request before it was read: 9 exceeds 5; limits.plan bounds it;"
                                + " 0 more since the last such line",
                        "refused a request before it was read: 9 exceeds 5; limits.plan bounds it;"
                                + " 99 more since the last such line");
        assertThat(lines.hasStackTrace()).isFalse();
    }

    @Test
    void what_else_goes_wrong_is_left_to_gRPC() {
        assertThat(logs(new IllegalStateException("odd"))).isTrue();
        assertThat(logs(new IllegalStateException("odd"))).isTrue();
        assertThat(filter.isLoggable(new LogRecord(Level.INFO, "no exception"))).isTrue();
        assertThat(lines.told()).isEmpty();
    }
}
