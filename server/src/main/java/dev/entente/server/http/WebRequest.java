package dev.entente.server.http;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A request for a page, as it came.
 *
 * @param path with its percent signs, without the query
 * @param query without the question mark; empty for none
 * @param form what a form sends, as it came; null for a GET or HEAD
 * @param client its address, a literal
 * @param header the first value of a header, or null
 */
public record WebRequest(
        String path, String query, @Nullable String form, String client, Function<String, @Nullable String> header) {
    /** Returns a header's first value, or the empty text. */
    public String head(String name) {
        String value = header.apply(name);
        return value == null ? "" : value;
    }
}
