package dev.entente.server.telemetry;

import java.util.ArrayList;
import java.util.List;
import org.slf4j.MDC;

/**
 * The subject of a log line, in SLF4J's MDC: {@code node}, {@code gid}, {@code branch}, {@code op}, {@code attempt}.
 * Belongs to the thread that made it, which closes it. Only make one where a line is about to be written: it has no
 * place on the hot path.
 *
 * <pre>{@code
 * try (LogContext _ = LogContext.of(gid).with("branch", "pay")) {
 *     log.warn("parked: {}", reason);
 * }
 * }</pre>
 */
public final class LogContext implements AutoCloseable {
    private final List<MDC.MDCCloseable> entries = new ArrayList<>(4);

    private LogContext() {}

    /** Lines about one transaction. */
    public static LogContext of(String gid) {
        return new LogContext().with("gid", gid);
    }

    /** Lines about one call. */
    public static LogContext of(String gid, String branch, String op, int attempt) {
        return of(gid).with("branch", branch).with("op", op).with("attempt", Integer.toString(attempt));
    }

    /** One more entry. */
    public LogContext with(String key, String value) {
        entries.add(MDC.putCloseable(key, value));
        return this;
    }

    @Override
    public void close() {
        entries.reversed().forEach(MDC.MDCCloseable::close);
        entries.clear();
    }
}
