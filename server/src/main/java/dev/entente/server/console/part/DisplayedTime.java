package dev.entente.server.console.part;

import com.google.protobuf.Timestamp;
import dev.entente.wire.Times;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/**
 * A point in time as pages show it.
 *
 * @param iso the form for programs
 * @param exact UTC with milliseconds and time zone, as logs and the command line print it
 * @param relative the distance to the page's time, in words
 */
public record DisplayedTime(String iso, String exact, String relative) {
    private static final DateTimeFormatter EXACT =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS 'UTC'").withZone(ZoneOffset.UTC);

    /** Parses a time by RFC 3339, also without seconds, zone (UTC) or {@code T}, or as shown; empty for another text. */
    public static Optional<Instant> parsed(String text) {
        String iso = text.replaceFirst(" ?(UTC|Z)$", "").replace(' ', 'T');
        try {
            String zone = iso.matches(".*[+-]\\d\\d:\\d\\d") ? "" : "Z";
            return Optional.of(OffsetDateTime.parse(iso + zone).toInstant());
        } catch (DateTimeParseException malformed) {
            return Optional.empty();
        }
    }

    /** Returns the time of day, as in {@code 14:03:10 UTC}. */
    public String clock() {
        return exact.substring("yyyy-MM-dd ".length(), "yyyy-MM-dd HH:mm:ss".length()) + " UTC";
    }

    public static DisplayedTime of(Instant time, Instant now, Texts texts) {
        return new DisplayedTime(time.toString(), EXACT.format(time), texts.ago(Duration.between(time, now)));
    }

    public static DisplayedTime of(Timestamp time, Instant now, Texts texts) {
        return of(Times.instant(time), now, texts);
    }
}
