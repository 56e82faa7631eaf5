package dev.entente.server.participant.signing;

import java.time.Instant;

/**
 * Formats instants as text, in UTC. Thread-safe.
 *
 * <p>{@link Instant#toString} formats all parts each time. This class caches the text up to the second, because
 * successive calls nearly always have the same second.
 */
public final class Rfc3339 {
    private static volatile Second last = new Second(0, "1970-01-01T00:00:00");

    private record Second(long epochSecond, String text) {
        static Second of(long epochSecond) {
            String text = Instant.ofEpochSecond(epochSecond).toString();
            return new Second(epochSecond, text.substring(0, text.length() - 1));
        }
    }

    private Rfc3339() {}

    /** Formats like {@link Instant#toString}: no fraction, or the fewest groups of three digits that suffice. */
    public static String text(Instant at) {
        Second second = last;
        if (second.epochSecond != at.getEpochSecond()) {
            second = Second.of(at.getEpochSecond());
            last = second;
        }
        int nanos = at.getNano();
        if (nanos == 0) {
            return second.text + 'Z';
        }
        if (nanos % 1_000_000 == 0) {
            return second.text + '.' + digits(nanos / 1_000_000, 3) + 'Z';
        }
        return second.text + '.' + (nanos % 1000 == 0 ? digits(nanos / 1000, 6) : digits(nanos, 9)) + 'Z';
    }

    private static String digits(int number, int width) {
        String digits = Integer.toString(number);
        return "0".repeat(width - digits.length()) + digits;
    }
}
