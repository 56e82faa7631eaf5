package dev.entente.server.telemetry;

import ch.qos.logback.classic.LoggerContext;
import org.slf4j.LoggerFactory;

/** The log's output of this process. Thread-safe. */
public final class LogOutput {
    private LogOutput() {}

    /** Writes the queued lines, for at most a second, and ends the log. Called before the process ends. */
    public static void close() {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.stop();
        }
    }
}
