package dev.entente.server.participant.signing;

import java.time.Instant;

/**
 * Points in time as text, in UTC. Thread-safe.
 *
 * <p>{@link Instant#toString} formats all of it each time, and up to the second it is nearly always what it was for the
 * last call.
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

    /** The same as {@link Instant#toString}: no fraction, or as many groups of three digits as it takes. */
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
