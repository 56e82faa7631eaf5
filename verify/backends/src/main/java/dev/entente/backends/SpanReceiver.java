package dev.entente.backends;

import com.google.protobuf.ByteString;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.collector.trace.v1.TraceServiceGrpc;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A receiver of traces over OTLP, on loopback. Thread-safe. */
public final class SpanReceiver implements AutoCloseable {
    private final Queue<Span> spans = new ConcurrentLinkedQueue<>();
    private final Map<ByteString, String> nodes = new ConcurrentHashMap<>();
    private final Server server;

    private SpanReceiver() throws IOException {
        this.server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(new Receiving())
                .build()
                .start();
    }

    public static SpanReceiver start() throws IOException {
        return new SpanReceiver();
    }

    /** Returns the URL for {@code telemetry.otlp.endpoint}. */
    public String url() {
        return "http://127.0.0.1:" + server.getPort();
    }

    /** Returns the received spans of a trace, in the order of their start. */
    public List<Span> spans(String traceId) {
        return spans.stream()
                .filter(span -> hex(span.getTraceId().toByteArray()).equals(traceId))
                .sorted((a, b) -> Long.compareUnsigned(a.getStartTimeUnixNano(), b.getStartTimeUnixNano()))
                .toList();
    }

    /** Returns the coordinator that sent a received span. */
    public String node(Span span) {
        return nodes.getOrDefault(span.getSpanId(), "");
    }

    /** Returns an id as text. */
    public static String hex(byte[] id) {
        return HexFormat.of().formatHex(id);
    }

    /** Returns the text or the number of an attribute; empty if the span has no such attribute. */
    public static String attribute(Span span, String key) {
        return attribute(span.getAttributesList(), key);
    }

    private static String attribute(List<KeyValue> attributes, String key) {
        return attributes.stream()
                .filter(attribute -> attribute.getKey().equals(key))
                .map(attribute -> attribute.getValue().hasIntValue()
                        ? Long.toString(attribute.getValue().getIntValue())
                        : attribute.getValue().getStringValue())
                .findAny()
                .orElse("");
    }

    @Override
    public void close() {
        server.shutdownNow();
    }

    private final class Receiving extends TraceServiceGrpc.TraceServiceImplBase {
        @Override
        public void export(ExportTraceServiceRequest request, StreamObserver<ExportTraceServiceResponse> answer) {
            for (ResourceSpans sent : request.getResourceSpansList()) {
                String node = attribute(sent.getResource().getAttributesList(), "service.instance.id");
                for (ScopeSpans scope : sent.getScopeSpansList()) {
                    scope.getSpansList().forEach(span -> nodes.put(span.getSpanId(), node));
                    spans.addAll(scope.getSpansList());
                }
            }
            answer.onNext(ExportTraceServiceResponse.getDefaultInstance());
            answer.onCompleted();
        }
    }
}
