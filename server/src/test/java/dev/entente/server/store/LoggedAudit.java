package dev.entente.server.store;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** Records the events of the logger {@code entente.audit} until it is closed. */
public final class LoggedAudit extends AppenderBase<ILoggingEvent> implements AutoCloseable {
    private static final Logger LOG = (Logger) LoggerFactory.getLogger("entente.audit");

    private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();
    private final @Nullable Level before = LOG.getLevel();

    @SuppressWarnings("this-escape") // the logger receives it when it is complete
    public LoggedAudit() {
        start();
        LOG.setLevel(Level.DEBUG);
        LOG.addAppender(this);
    }

    @Override
    protected void append(ILoggingEvent event) {
        events.add(event);
    }

    /**
     * Returns the lines so far that contain the text, each after its level. The log may also contain lines of other
     * tests.
     */
    public List<String> with(String text) {
        return events.stream()
                .map(event -> event.getLevel() + " " + event.getFormattedMessage())
                .filter(line -> line.contains(text))
                .toList();
    }

    @Override
    public void close() {
        LOG.detachAppender(this);
        LOG.setLevel(before);
    }
}
