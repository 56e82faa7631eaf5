package dev.entente.server.api.wire;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.grpc.Status;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class OversizedRequestsTest {
    private final Logger logger = (Logger) LoggerFactory.getLogger(OversizedRequests.class);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1);
    private final OversizedRequests filter = new OversizedRequests(now::get);

    @BeforeEach
    void listen() {
        lines.start();
        logger.addAppender(lines);
        logger.setAdditive(false);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(lines);
        logger.setAdditive(true);
    }

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
        assertThat(lines.list).hasSize(1);
        now.addAndGet(TimeUnit.MINUTES.toNanos(1));
        assertThat(logsTooLarge()).isFalse();
        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "refused a request before it was read: 9 exceeds 5; limits.plan bounds it;"
                                + " 0 more since the last such line",
                        "refused a request before it was read: 9 exceeds 5; limits.plan bounds it;"
                                + " 99 more since the last such line");
        assertThat(lines.list).allMatch(line -> line.getThrowableProxy() == null);
    }

    @Test
    void what_else_goes_wrong_is_left_to_gRPC() {
        assertThat(logs(new IllegalStateException("odd"))).isTrue();
        assertThat(filter.isLoggable(new LogRecord(Level.INFO, "no exception"))).isTrue();
        assertThat(lines.list).isEmpty();
    }
}
