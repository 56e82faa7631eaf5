package dev.entente.wire;

import com.google.protobuf.ByteString;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An answer as stored in a row of {@code entente_barrier}. Immutable.
 *
 * @param httpStatus the status of an answer over HTTP; null for all others
 * @param httpHeaders lines of {@code name: value}, each with its end; null unless there is a status. A line with the
 *     prefix {@code +} adds a value, any other line replaces the header.
 */
public record StoredAnswer(
        ByteString bytes,
        @Nullable Integer httpStatus,
        @Nullable String httpHeaders) {
    /** Makes an answer without HTTP. */
    public static StoredAnswer of(byte[] bytes) {
        return new StoredAnswer(ByteString.copyFrom(bytes), null, null);
    }

    /** Returns the headers by name; several values of one header are joined by commas. */
    public Map<String, String> headers() {
        Map<String, String> headers = new LinkedHashMap<>();
        String lines = httpHeaders == null ? "" : httpHeaders;
        lines.lines().forEach(line -> {
            int colon = line.indexOf(": ");
            headers.merge(
                    line.substring(line.startsWith("+") ? 1 : 0, colon),
                    line.substring(colon + 2),
                    (a, b) -> a + ", " + b);
        });
        return headers;
    }
}
