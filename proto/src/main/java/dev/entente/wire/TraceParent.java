package dev.entente.wire;

import dev.entente.Internal;
import io.grpc.Context;
import io.grpc.Metadata;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;
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

    private static final int BYTES = 25;
    private static final Pattern FORM = Pattern.compile("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?");
    private static final Context.Key<TraceParent> CURRENT = Context.key("traceparent");
    private static final String NO_TRACE = "0".repeat(32);
    private static final String NO_SPAN = "0".repeat(16);
    private static final UUID NIL = new UUID(0, 0);
    private static final HexFormat HEX = HexFormat.of();

    /** Returns the trace context of the current gRPC context, if a call set one. */
    public static Optional<TraceParent> current() {
        return Optional.ofNullable(CURRENT.get());
    }

    /**
     * Returns the trace id of a transaction without a trace context of its submitter. The id is derived from the gid,
     * so it is equal at each coordinator and after each takeover. A gid that is a UUID is the trace id. The gid of a
     * child begins with the gid of its root and a slash; the child has the trace id of its root.
     */
    public static String traceIdOf(String gid) {
        return hex(derived(root(gid)));
    }

    /**
     * Returns the trace context of one call of a transaction without a trace context of its submitter, equal for equal
     * arguments. The context is sampled, so that the called service records its part.
     */
    public static TraceParent ofCall(String gid, String branch, String op, int attempt) {
        String root = root(gid);
        UUID trace = derived(root);
        long span = mix(trace.getLeastSignificantBits(), gid.substring(root.length()) + branch);
        span = scramble(mix(span, op) + attempt);
        return new TraceParent(hex(trace), HEX.toHexDigits(span == 0 ? 1 : span), "01");
    }

    /**
     * Reads the result of {@link #bytes}. Of a finished transaction, only the trace id may be stored (16 bytes): then
     * the span id is zero, and the context is not sampled.
     */
    public static TraceParent of(byte[] bytes) {
        String hex = HEX.formatHex(Arrays.copyOf(bytes, BYTES));
        return new TraceParent(hex.substring(0, 32), hex.substring(32, 48), hex.substring(48));
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

    /** Returns whether the trace is recorded. */
    public boolean isSampled() {
        return (HexFormat.fromHexDigits(flags) & 1) != 0;
    }

    /** Returns {@value #BYTES} bytes: the trace id, the span id and the flags. */
    public byte[] bytes() {
        return HEX.parseHex(traceId + spanId + flags);
    }

    /** Returns the given context with this as its {@link #current()} trace context. */
    public Context in(Context context) {
        return context.withValue(CURRENT, this);
    }

    /** Returns the text of the header. */
    public String header() {
        return "00-" + traceId + "-" + spanId + "-" + flags;
    }

    private static String root(String gid) {
        int slash = gid.indexOf('/');
        return slash < 0 ? gid : gid.substring(0, slash);
    }

    private static String hex(UUID trace) {
        return HEX.toHexDigits(trace.getMostSignificantBits()) + HEX.toHexDigits(trace.getLeastSignificantBits());
    }

    private static UUID derived(String gid) {
        if (gid.length() == 36) {
            try {
                UUID trace = UUID.fromString(gid);
                if (!trace.equals(NIL)) {
                    return trace;
                }
            } catch (IllegalArgumentException e) {
                // A gid of this length that is no UUID is hashed like any other gid.
            }
        }
        long high = mix(0x9e3779b97f4a7c15L, gid);
        long low = mix(high ^ 0xc2b2ae3d27d4eb4fL, gid);
        return new UUID(high, low == 0 ? 1 : low);
    }

    /** Hashes by FNV-1a with a finisher: well distributed, not cryptographic. */
    private static long mix(long seed, String text) {
        long hash = 0xcbf29ce484222325L ^ seed;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
        }
        return scramble(hash);
    }

    /** The finisher of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators). */
    private static long scramble(long value) {
        long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
