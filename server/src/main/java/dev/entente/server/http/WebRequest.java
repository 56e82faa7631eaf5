package dev.entente.server.http;

import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A request for a page, unchanged.
 *
 * @param path percent-encoded, as received; without the query
 * @param query without the question mark; empty for none
 * @param form the form's content, unchanged; null for a GET or HEAD
 * @param client the client's address, a literal
 * @param isPrivate whether the request is safe from eavesdroppers: by HTTPS, or from this machine
 * @param isSecure whether the request came by HTTPS
 * @param user the user that a trusted proxy has sent; empty for none
 * @param header a header's values, joined by the header's separator; empty for none
 */
public record WebRequest(
        String path,
        String query,
        @Nullable String form,
        String client,
        boolean isSecure,
        boolean isPrivate,
        String user,
        Function<String, String> header) {
    /** Returns a cookie's value, or the empty text. */
    public String cookie(String name) {
        return Stream.of(header.apply("Cookie").split(";", -1))
                .map(String::strip)
                .filter(one -> one.startsWith(name + "="))
                .findFirst()
                .map(one -> one.substring(name.length() + 1))
                .orElse("");
    }
}
