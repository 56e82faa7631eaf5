package dev.entente.server.http;

import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;

/**
 * Adds headers to each response, which forbid browsers to run foreign scripts, to guess the content's type, and to
 * frame or store the content. Immutable.
 */
final class SecurityHeaders implements HttpConfiguration.Customizer {
    private static final HttpFields FIELDS = HttpFields.build()
            .put(
                    "Content-Security-Policy",
                    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self';"
                            + " form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
            .put("X-Content-Type-Options", "nosniff")
            .put("Referrer-Policy", "same-origin")
            .put("Cache-Control", "no-store")
            .asImmutable();

    /** Sets the headers, and replaces existing headers. */
    static void put(HttpFields.Mutable headers) {
        FIELDS.forEach(headers::put);
    }

    @Override
    public Request customize(Request request, HttpFields.Mutable responseHeaders) {
        put(responseHeaders);
        return request;
    }
}
