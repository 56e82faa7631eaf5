package dev.entente.stories.coordinators;

import dev.entente.backends.SpanReceiver;
import io.opentelemetry.proto.trace.v1.Span;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Draws a trace as SVG: one row per span, with its coordinator and its time. The indentation shows the parent. */
final class TraceDrawing {
    private static final int WIDTH = 960;
    private static final int NAMES = 300;
    private static final int ROW = 22;
    private static final int HEAD = 34;

    private final SpanReceiver receiver;
    private final List<Span> spans;
    private final Map<String, Span> byId;
    private final long start;
    private final long end;

    private TraceDrawing(SpanReceiver receiver, String traceId) {
        this.receiver = receiver;
        this.spans = receiver.spans(traceId);
        this.byId = spans.stream().collect(Collectors.toMap(span -> hex(span, true), Function.identity()));
        this.start = spans.stream().mapToLong(Span::getStartTimeUnixNano).min().orElseThrow();
        this.end = spans.stream().mapToLong(Span::getEndTimeUnixNano).max().orElseThrow();
    }

    static String of(SpanReceiver receiver, String traceId) {
        return new TraceDrawing(receiver, traceId).svg();
    }

    private static String hex(Span span, boolean isOwn) {
        return SpanReceiver.hex((isOwn ? span.getSpanId() : span.getParentSpanId()).toByteArray());
    }

    private String svg() {
        StringBuilder svg = new StringBuilder();
        int height = HEAD + spans.size() * ROW + 10;
        svg.append("""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">
            <rect width="100%%" height="100%%" fill="#fff"/>
            """.formatted(WIDTH, height));
        for (int quarter = 0; quarter <= 4; quarter++) {
            double x = NAMES + quarter * (WIDTH - NAMES - 60) / 4.0;
            svg.append(line(x, height));
            svg.append(text(x - 12, 20, "#555", millis(start + (end - start) * quarter / 4)));
        }
        for (int i = 0; i < spans.size(); i++) {
            row(svg, spans.get(i), HEAD + i * ROW);
        }
        return svg.append("</svg>\n").toString();
    }

    private void row(StringBuilder svg, Span span, int y) {
        double x = x(span.getStartTimeUnixNano());
        double width = Math.max(3, x(span.getEndTimeUnixNano()) - x);
        svg.append(text(10 + depth(span) * 16, y + 15, "#111", span.getName()));
        svg.append(text(NAMES - 70, y + 15, "#555", receiver.node(span)));
        svg.append("<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"14\" rx=\"2\" fill=\"%s\"/>%n"
                .formatted(x, y + 4, width, color(span.getName())));
        svg.append(text(
                x + width + 5,
                y + 15,
                "#555",
                millis(start + span.getEndTimeUnixNano() - span.getStartTimeUnixNano())));
    }

    private int depth(Span span) {
        Span parent = byId.get(hex(span, false));
        return parent == null ? 0 : 1 + depth(parent);
    }

    private double x(long nanos) {
        return NAMES + (WIDTH - NAMES - 60.0) * (nanos - start) / (end - start);
    }

    private String millis(long nanos) {
        return String.format(Locale.ROOT, "%.0f ms", (nanos - start) / 1e6);
    }

    private static String color(String name) {
        return name.startsWith("send ") ? "#e69f00" : name.startsWith("action ") ? "#0072b2" : "#009e73";
    }

    private static String line(double x, int height) {
        return "<line x1=\"%1$.1f\" x2=\"%1$.1f\" y1=\"26\" y2=\"%2$d\" stroke=\"#ddd\"/>%n".formatted(x, height);
    }

    private static String text(double x, int y, String color, String text) {
        return "<text x=\"%.1f\" y=\"%d\" fill=\"%s\">%s</text>%n".formatted(x, y, color, text);
    }
}
