package dev.entente.server.telemetry;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/** Captures the lines that a class logs during one test. The lines appear nowhere else. For one test at a time. */
public final class LogLines implements BeforeEachCallback, AfterEachCallback {
    private final Logger logger;
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>() {
        @Override
        protected void append(ILoggingEvent event) {
            event.prepareForDeferredProcessing(); // reads the MDC of the thread that logs
            super.append(event);
        }
    };

    /** Captures the lines from the start of each test to its end. */
    public LogLines(Class<?> of) {
        logger = (Logger) LoggerFactory.getLogger(of);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        lines.list.clear();
        lines.start();
        logger.addAppender(lines);
        logger.setAdditive(false);
        if (!logger.isWarnEnabled()) {
            logger.setLevel(Level.WARN);
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        logger.setLevel(null);
        logger.detachAppender(lines);
        logger.setAdditive(true);
        logger.setLevel(null);
    }

    /** Sets the level until the end of the test. */
    public void level(Level level) {
        logger.setLevel(level);
    }

    /** Returns the events so far, the oldest first. */
    public List<ILoggingEvent> events() {
        return List.copyOf(lines.list);
    }

    /** Returns the lines so far, the oldest first. The class of an exception follows on a line of its own. */
    public List<String> reported() {
        return List.copyOf(lines.list).stream()
                .map(line -> line.getFormattedMessage()
                        + (line.getThrowableProxy() == null
                                ? ""
                                : "\n" + line.getThrowableProxy().getClassName()))
                .toList();
    }
}
