package dev.entente.spring;

import dev.entente.trace.TraceSpan;
import dev.entente.trace.Tracing;
import dev.entente.wire.TraceParent;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.TraceContext;
import io.micrometer.tracing.Tracer;
import java.util.Optional;

/**
 * Records spans with Micrometer Tracing, by OpenTelemetry or Brave. The coordinator's header is always W3C's,
 * independent of the application's propagation.
 */
record MicrometerTracing(Tracer tracer) implements Tracing {
    @Override
    public String current() {
        Span span = tracer.currentSpan();
        return span == null || span.context().traceId().isEmpty() ? "" : header(span.context());
    }

    private static String header(TraceContext span) {
        String trace = "0".repeat(32 - span.traceId().length()) + span.traceId(); // Brave may use 16 digits
        return "00-" + trace + "-" + span.spanId() + (Boolean.TRUE.equals(span.sampled()) ? "-01" : "-00");
    }

    @Override
    public TraceSpan start(Kind kind, String name, String parent) {
        String trace = TraceParent.parse(current()).map(TraceParent::traceId).orElse("");
        Optional<TraceParent> remote =
                TraceParent.parse(parent).filter(other -> !other.traceId().equals(trace));
        Span current = tracer.currentSpan();
        boolean isReceived = kind == Kind.SERVER || kind == Kind.CONSUMER;
        if (isReceived && remote.isEmpty() && current != null && !trace.isEmpty()) {
            return new TracerSpan(tracer, current, false);
        }
        Span.Builder span = tracer.spanBuilder().name(name).kind(Span.Kind.valueOf(kind.name()));
        remote.ifPresent(other -> span.setParent(tracer.traceContextBuilder()
                .traceId(other.traceId())
                .spanId(other.spanId())
                .sampled(other.bytes()[24] % 2 != 0) // the first bit of the flags
                .build()));
        return new TracerSpan(tracer, span.start(), true);
    }

    private record TracerSpan(Tracer tracer, Span span, boolean isOwned) implements TraceSpan {
        @Override
        public Runnable enter() {
            return tracer.withSpan(span)::close;
        }

        @Override
        public void attribute(String name, String value) {
            span.tag(name, value);
        }

        @Override
        public void attribute(String name, long value) {
            span.tag(name, value);
        }

        @Override
        public void end(String error) {
            if (isOwned) {
                (error.isEmpty() ? span : span.error(new IllegalStateException(error))).end();
            }
        }
    }
}
