package dev.entente.trace;

/** A span of {@link Tracing}. By default the methods do nothing. Thread-safe. */
public interface TraceSpan {
    /** A span that is not recorded. */
    TraceSpan NONE = new TraceSpan() {};

    /** Makes this span current. The result makes the previous span current again, on the same thread. */
    default Runnable enter() {
        return () -> {};
    }

    /** Adds an attribute, without any part of a payload. */
    default void attribute(String name, String value) {}

    /** Adds a numeric attribute. */
    default void attribute(String name, long value) {}

    /** Ends this span; later ends have no effect. The error is a class name or a status; empty for success. */
    default void end(String error) {}
}
