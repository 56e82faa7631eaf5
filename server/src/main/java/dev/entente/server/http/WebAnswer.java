package dev.entente.server.http;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * A page or file for a browser.
 *
 * @param status of HTTP
 * @param type of its content
 * @param headers beside type and length
 */
@SuppressWarnings("ArrayRecordComponent") // Nobody compares answers, and a copy of each would be as large.
public record WebAnswer(int status, String type, Map<String, String> headers, byte[] body) {
    /** Returns a text as UTF-8. */
    public static WebAnswer of(int status, String type, Map<String, String> headers, String text) {
        return new WebAnswer(status, type, headers, text.getBytes(StandardCharsets.UTF_8));
    }
}
