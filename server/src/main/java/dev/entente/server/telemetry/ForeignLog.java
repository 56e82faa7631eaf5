package dev.entente.server.telemetry;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import dev.entente.core.transaction.VisibleText;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;
import org.slf4j.helpers.FormattingTuple;
import org.slf4j.helpers.MessageFormatter;

/**
 * Limits the log of libraries to one line per minute for each kind. A kind is a logger and a level. Without the limit
 * gRPC logs each failed name lookup, with a stack trace, and each broken connection; Kafka's client logs each attempt
 * to reach a broker. An error keeps its stack trace, because it is a defect. Thread-safe.
 */
public final class ForeignLog extends TurboFilter {
    /** The loggers of this program, and of its audit. */
    private static final List<String> OWN = List.of("dev.entente.", "entente.");

    private static final int LONGEST_TEXT = 1000;

    private final LongSupplier nanos;
    /** The number of entries is limited by the number of library classes that log. */
    private final Map<Kind, RateLimitedLog> kinds = new ConcurrentHashMap<>();

    private record Kind(Logger logger, Level level) {}

    /** @param nanos a monotonic clock */
    ForeignLog(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Limits the log of libraries in this process. Has no effect if the filter is already installed. */
    public static synchronized void watch() {
        ILoggerFactory logs = LoggerFactory.getILoggerFactory();
        if (logs instanceof LoggerContext context
                && context.getTurboFilterList().stream().noneMatch(ForeignLog.class::isInstance)) {
            context.addTurboFilter(new ForeignLog(System::nanoTime));
        }
    }

    /** Writes the line itself if a line is due. */
    @Override
    public FilterReply decide(
            @Nullable Marker marker,
            Logger logger,
            Level level,
            @Nullable String format,
            Object @Nullable [] arguments,
            @Nullable Throwable thrown) {
        if (format == null
                || level.toInt() < Level.INFO.toInt()
                || OWN.stream().anyMatch(logger.getName()::startsWith)
                || level.toInt() < logger.getEffectiveLevel().toInt()) {
            return FilterReply.NEUTRAL;
        }
        int before = kinds.computeIfAbsent(new Kind(logger, level), _ -> new RateLimitedLog(nanos))
                .due();
        if (before != RateLimitedLog.WITHHELD) {
            FormattingTuple reported = MessageFormatter.arrayFormat(format, arguments);
            Throwable cause = thrown == null ? reported.getThrowable() : thrown;
            logger.callAppenders(event(logger, level, reported.getMessage(), cause, before));
        }
        return FilterReply.DENY;
    }

    private static LoggingEvent event(Logger logger, Level level, String text, @Nullable Throwable thrown, int before) {
        StringBuilder line = new StringBuilder(firstLine(text));
        if (thrown != null && level != Level.ERROR) {
            line.append(": ").append(firstLine(thrown.toString()));
        }
        if (before > 0) {
            line.append("; ").append(before).append(" more since the last such line");
        }
        return new LoggingEvent(
                ForeignLog.class.getName(), logger, level, line.toString(), level == Level.ERROR ? thrown : null, null);
    }

    /** Returns the first line, because gRPC adds stack traces to texts, too. */
    private static String firstLine(@Nullable String text) {
        String first = text == null ? "" : text.lines().findFirst().orElse("");
        return VisibleText.of(first.length() <= LONGEST_TEXT ? first : first.substring(0, LONGEST_TEXT));
    }
}
