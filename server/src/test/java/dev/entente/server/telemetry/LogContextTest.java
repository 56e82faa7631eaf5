package dev.entente.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

class LogContextTest {

    @Test
    void what_a_line_is_about_stands_in_the_MDC_until_it_is_closed() {
        try (LogContext _ = LogContext.of("order-4711", "pay", "action", 2).with("node", "a")) {
            assertThat(MDC.getCopyOfContextMap())
                    .isEqualTo(
                            Map.of("gid", "order-4711", "branch", "pay", "op", "action", "attempt", "2", "node", "a"));
        }

        assertThat(MDC.get("gid")).isNull();
        assertThat(MDC.get("node")).isNull();
    }
}
