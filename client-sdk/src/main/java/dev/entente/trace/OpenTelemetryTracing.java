package dev.entente.trace;

import dev.entente.wire.TraceParent;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import java.util.Optional;

/** Records spans with the global OpenTelemetry. Reads it for each span, because the application may set it later. */
final class OpenTelemetryTracing implements Tracing {
    /** @throws LinkageError if the API is absent, or older than the methods that this class uses */
    static Tracing load() {
        var unused = GlobalOpenTelemetry.getOrNoop();
        return new OpenTelemetryTracing();
    }

    @Override
    public String current() {
        SpanContext id = Span.current().getSpanContext();
        return id.isValid() ? "00-" + id.getTraceId() + "-" + id.getSpanId() + "-" + id.getTraceFlags() : "";
    }

    @Override
    public TraceSpan start(Kind kind, String name, String parent) {
        Span current = Span.current();
        String trace = current.getSpanContext().getTraceId();
        Optional<TraceParent> remote =
                TraceParent.parse(parent).filter(other -> !other.traceId().equals(trace));
        boolean isReceived = kind == Kind.SERVER || kind == Kind.CONSUMER;
        if (isReceived && remote.isEmpty() && current.getSpanContext().isValid()) {
            return new ContextSpan(current, Context.current(), false);
        }
        Context above =
                Context.current().with(remote.map(OpenTelemetryTracing::span).orElse(current));
        Span span = GlobalOpenTelemetry.getOrNoop()
                .getTracer("dev.entente")
                .spanBuilder(name)
                .setSpanKind(SpanKind.valueOf(kind.name()))
                .setParent(above)
                .startSpan();
        return new ContextSpan(span, above.with(span), true);
    }

    private static Span span(TraceParent remote) {
        TraceFlags flags = TraceFlags.fromHex(remote.flags(), 0);
        return Span.wrap(
                SpanContext.createFromRemoteParent(remote.traceId(), remote.spanId(), flags, TraceState.getDefault()));
    }

    private record ContextSpan(Span span, Context inside, boolean isOwned) implements TraceSpan {
        @Override
        @SuppressWarnings("MustBeClosedChecker") // the caller runs the result
        public Runnable enter() {
            return inside.makeCurrent()::close;
        }

        @Override
        public void attribute(String name, String value) {
            span.setAttribute(name, value);
        }

        @Override
        public void attribute(String name, long value) {
            span.setAttribute(name, value);
        }

        @Override
        public void end(String error) {
            if (isOwned) {
                (error.isEmpty() ? span : span.setStatus(StatusCode.ERROR, error)).end();
            }
        }
    }
}
