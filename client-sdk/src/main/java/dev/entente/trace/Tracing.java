package dev.entente.trace;

/**
 * The application's tracing library; by default there are no spans. The SDK finds OpenTelemetry, and the Spring Boot
 * starter finds Micrometer Tracing. Implement this interface for another library. Thread-safe.
 */
public interface Tracing {
    /** The role of a span, as in OpenTelemetry. */
    enum Kind {
        SERVER,
        CLIENT,
        PRODUCER,
        CONSUMER
    }

    /** Returns the W3C {@code traceparent} of this thread's current span; empty if there is none. */
    default String current() {
        return "";
    }

    /**
     * Starts a span below the parent, or below the current span if that span belongs to the parent's trace. In the
     * latter case SERVER and CONSUMER return the current span, which the application ends.
     *
     * @param parent a W3C {@code traceparent}; empty for the current span, or for a new trace if there is none
     */
    default TraceSpan start(Kind kind, String name, String parent) {
        return TraceSpan.NONE;
    }

    /** Returns the tracing by {@code GlobalOpenTelemetry}; without OpenTelemetry 1.62 or later there are no spans. */
    static Tracing found() {
        try {
            return OpenTelemetryTracing.load();
        } catch (LinkageError absent) {
            return new Tracing() {};
        }
    }
}
