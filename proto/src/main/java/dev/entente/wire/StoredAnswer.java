package dev.entente.wire;

import com.google.protobuf.ByteString;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An answer as a row of {@code entente_barrier} has it. Immutable.
 *
 * @param httpStatus the status of an answer over HTTP; null for all others
 * @param httpHeaders lines of {@code name: value}, each with its end; null unless there is a status. A line that begins
 *     with {@code +} adds a value, any other replaces the header.
 */
public record StoredAnswer(
        ByteString bytes,
        @Nullable Integer httpStatus,
        @Nullable String httpHeaders) {
    /** An answer that is not of HTTP. */
    public static StoredAnswer of(byte[] bytes) {
        return new StoredAnswer(ByteString.copyFrom(bytes), null, null);
    }

    /** Returns the headers by their names; several values of one are joined by commas. */
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
