package dev.entente.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class StoryLogTest {
    @Test
    void at_DEBUG_each_event_of_a_transaction_is_a_line_and_at_INFO_none_is() {
        Logger logger = (Logger) LoggerFactory.getLogger(StoryLog.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.addAppender(lines);
        logger.setAdditive(false);
        EngineFixture fixture = new EngineFixture();
        try {
            logger.setLevel(Level.INFO);
            fixture.submit("quiet", "a");
            fixture.calls.remove().succeed();
            assertThat(lines.list).isEmpty();

            logger.setLevel(Level.DEBUG);
            fixture.submit("told", "a", "b");
            fixture.calls.remove().succeed();
            fixture.calls.remove().succeed();
        } finally {
            logger.setLevel(null);
            logger.setAdditive(true);
            logger.detachAppender(lines);
        }
        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .allMatch(line -> line.startsWith("told "))
                .anyMatch(line -> line.contains(" a action "))
                .anyMatch(line -> line.contains(" b action "))
                .anyMatch(line -> line.endsWith("now SUCCEEDED"));
    }
}
