package dev.entente.server.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * A response over HTTP: a page, a file, or a line of text.
 *
 * @param status of HTTP
 * @param type of its content
 * @param headers besides type and length; they replace equal headers of {@link SecurityHeaders}
 */
@SuppressWarnings("ArrayRecordComponent") // Responses are not compared, and a copy of each would be as large.
public record WebResponse(int status, String type, Map<String, String> headers, byte[] body) {
    /** The header with the seconds until a page may be available. */
    public static final String LATER = "Retry-After";

    static final String PLAIN = "text/plain; charset=utf-8";

    static final WebResponse NOT_FOUND = plain(404, "not found\n");
    static final WebResponse NO_FORM = plain(415, "a form must be application/x-www-form-urlencoded in UTF-8\n");
    static final WebResponse NO_LENGTH = plain(411, "a form must have a Content-Length\n");
    static final WebResponse NO_BODY = plain(413, "a body is not allowed here\n");
    static final WebResponse FAILED = plain(500, "an internal error\n");

    /** Returns a text as UTF-8. */
    public static WebResponse of(int status, String type, Map<String, String> headers, String text) {
        return new WebResponse(status, type, headers, text.getBytes(StandardCharsets.UTF_8));
    }

    static WebResponse plain(int status, String text) {
        return of(status, PLAIN, Map.of(), text);
    }

    static WebResponse notAllowed(String methods) {
        return of(405, PLAIN, Map.of("Allow", methods), methods + " only\n");
    }

    /** Writes the complete response, and ends the exchange. Does not block. */
    public void write(Response response, Callback callback) {
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
        headers.forEach(response.getHeaders()::put);
        response.write(true, ByteBuffer.wrap(body), callback);
    }
}
