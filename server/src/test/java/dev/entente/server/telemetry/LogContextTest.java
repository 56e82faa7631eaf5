package dev.entente.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
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

    @Test
    void an_audit_line_stays_one_line_whatever_was_typed() {
        Logger logger = (Logger) LoggerFactory.getLogger("entente.audit");
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.addAppender(lines);
        logger.setLevel(Level.INFO);

        OperatorLog.note("alice", "retry", "order-4711", "mended\nactor=root", "UNDOING");
        logger.detachAppender(lines);
        logger.setLevel(null);

        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly("actor=alice act=retry gid=order-4711 after=UNDOING reason=mended\\u000aactor=root");
    }
}
