package dev.entente.server.telemetry;

import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * A trace identity in the form of {@code traceparent} of W3C Trace Context. Immutable.
 *
 * <p>All calls of one transaction belong to one trace, on each coordinator and after each takeover, because the trace
 * id is derived from the gid. A gid that is a UUID <em>is</em> its trace id, so each id finds the other. Nothing is
 * stored for the trace. (If the client submits within its own trace, that trace is passed on instead, while the
 * transaction stays in memory.)
 *
 * @param isSampled whether the called services should record their part
 */
public record TraceContext(long traceIdHigh, long traceIdLow, long spanId, boolean isSampled) {
    private static final Pattern FORM = Pattern.compile("00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}");
    /** The invalid trace id, which the standard reserves. */
    private static final UUID NIL = new UUID(0, 0);

    public TraceContext {
        if ((traceIdHigh | traceIdLow) == 0 || spanId == 0) {
            throw new IllegalArgumentException("a trace id or span id of zero is invalid");
        }
    }

    /**
     * Returns the identity of one call, equal for equal arguments. The identity is sampled, so that the called services
     * record their spans, although the coordinator records none.
     */
    public static TraceContext ofCall(String gid, String branch, String op, int attempt) {
        UUID trace = traceOf(gid);
        long span = mix(mix(trace.getLeastSignificantBits(), branch), op);
        span = scramble(span + attempt);
        return new TraceContext(
                trace.getMostSignificantBits(), trace.getLeastSignificantBits(), span == 0 ? 1 : span, true);
    }

    /** @return empty for everything that is not a well-formed {@code traceparent} of version 00 */
    public static Optional<TraceContext> parse(String traceparent) {
        if (!FORM.matcher(traceparent).matches()) {
            return Optional.empty();
        }
        long high = HexFormat.fromHexDigitsToLong(traceparent, 3, 19);
        long low = HexFormat.fromHexDigitsToLong(traceparent, 19, 35);
        long span = HexFormat.fromHexDigitsToLong(traceparent, 36, 52);
        if ((high | low) == 0 || span == 0) {
            return Optional.empty();
        }
        return Optional.of(new TraceContext(high, low, span, (HexFormat.fromHexDigits(traceparent, 53, 55) & 1) == 1));
    }

    /** Returns the text for the header {@code traceparent}. */
    public String traceparent() {
        HexFormat hex = HexFormat.of();
        return "00-" + hex.toHexDigits(traceIdHigh) + hex.toHexDigits(traceIdLow) + "-" + hex.toHexDigits(spanId)
                + (isSampled ? "-01" : "-00");
    }

    private static UUID traceOf(String gid) {
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
