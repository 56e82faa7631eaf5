package dev.entente.wire;

import dev.entente.Internal;
import io.grpc.Context;
import io.grpc.Metadata;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/**
 * A W3C trace context: the trace of a call, and the span that made the call. Immutable.
 *
 * @param traceId 32 lower-case hexadecimal digits, not all zero
 * @param spanId 16 lower-case hexadecimal digits, not all zero
 * @param flags 2 lower-case hexadecimal digits; {@code 01} is sampled
 * @see <a href="https://www.w3.org/TR/trace-context/">Trace Context</a>
 */
@Internal
public record TraceParent(String traceId, String spanId, String flags) {
    /** The metadata key and HTTP header of the trace context. */
    public static final Metadata.Key<String> KEY = Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER);

    private static final Pattern FORM = Pattern.compile("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?");
    private static final Pattern UUID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    private static final Context.Key<TraceParent> CURRENT = Context.key("traceparent");
    private static final String NO_TRACE = "0".repeat(32);
    private static final String NO_SPAN = "0".repeat(16);

    /** Returns the trace context of the current gRPC context, if a call set one. */
    public static Optional<TraceParent> current() {
        return Optional.ofNullable(CURRENT.get());
    }

    /**
     * Returns the current trace context, or the start of that transaction's trace. Coordinators use a gid that is a
     * UUID as the trace id of all its calls, so the client's calls are in the same trace.
     */
    public static TraceParent currentOrOf(String gid) {
        return current().orElseGet(() -> {
            String traceId = gid.replace("-", "");
            return UUID.matcher(gid).matches() && !traceId.equals(NO_TRACE)
                    ? new TraceParent(traceId, randomHex(), "01")
                    : start();
        });
    }

    /** Starts a new, sampled trace. */
    public static TraceParent start() {
        return new TraceParent(randomHex() + randomHex(), randomHex(), "01");
    }

    /** Parses {@code 00-traceId-spanId-flags}; empty if malformed: by the standard the call continues without it. */
    public static Optional<TraceParent> parse(String header) {
        boolean saysMore = header.startsWith("00") && header.length() > 55; // only a later version may have more
        if (saysMore || header.startsWith("ff") || !FORM.matcher(header).matches()) {
            return Optional.empty();
        }
        TraceParent read = new TraceParent(header.substring(3, 35), header.substring(36, 52), header.substring(53, 55));
        return read.traceId.equals(NO_TRACE) || read.spanId.equals(NO_SPAN) ? Optional.empty() : Optional.of(read);
    }

    /** Returns a new span in this trace. */
    public TraceParent child() {
        return new TraceParent(traceId, randomHex(), flags);
    }

    /** Returns the given context with this as its {@link #current()} trace context. */
    public Context in(Context context) {
        return context.withValue(CURRENT, this);
    }

    /** Returns the text of the header. */
    public String header() {
        return "00-" + traceId + "-" + spanId + "-" + flags;
    }

    private static String randomHex() {
        return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong() | 1);
    }
}
