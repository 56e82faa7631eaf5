package dev.entente.server.telemetry;

import dev.entente.wire.TraceParent;
import io.prometheus.metrics.tracer.common.SpanContext;
import org.jspecify.annotations.Nullable;

/** The trace that Prometheus stores as the exemplar of a measurement: the trace of the thread that measures. */
final class Exemplars implements SpanContext {
    private static final ThreadLocal<TraceParent> CURRENT = new ThreadLocal<>();

    /** Runs a measurement whose exemplar is a sampled trace. */
    static void during(TraceParent trace, Runnable measure) {
        CURRENT.set(trace);
        try {
            measure.run();
        } finally {
            CURRENT.remove();
        }
    }

    @Override
    public @Nullable String getCurrentTraceId() {
        TraceParent trace = CURRENT.get();
        return trace == null ? null : trace.traceId();
    }

    @Override
    public @Nullable String getCurrentSpanId() {
        TraceParent trace = CURRENT.get();
        return trace == null ? null : trace.spanId();
    }

    @Override
    public boolean isCurrentSpanSampled() {
        return CURRENT.get() != null;
    }

    @Override
    public void markCurrentSpanAsExemplar() {
        // Every sampled span is exported, so the mark has no use.
    }
}
