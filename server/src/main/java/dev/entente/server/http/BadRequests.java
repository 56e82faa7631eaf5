package dev.entente.server.http;

import dev.entente.server.telemetry.Metrics;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Answers what Jetty refuses before a page sees it: a status and its name, and nothing of what was sent. */
final class BadRequests implements Request.Handler {
    private final Metrics metrics;
    private final RefusedRequests refused;

    BadRequests(Metrics metrics, RefusedRequests refused) {
        this.metrics = metrics;
        this.refused = refused;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = response.getStatus();
        count(status, request.getConnectionMetaData().getRemoteSocketAddress());
        response.getHeaders().put(new HttpField(HttpHeader.CONTENT_TYPE, Page.PLAIN));
        response.write(true, text(status), callback);
        return true;
    }

    private void count(int status, Object peer) {
        metrics.http("other", status);
        switch (status) {
            case HttpStatus.PAYLOAD_TOO_LARGE_413,
                    HttpStatus.URI_TOO_LONG_414,
                    HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE_431 -> refused.count(HttpRefusal.TOO_LARGE, peer);
            case HttpStatus.INTERNAL_SERVER_ERROR_500 -> metrics.caught("http");
            default -> refused.count(HttpRefusal.MALFORMED, peer);
        }
    }

    private static ByteBuffer text(int status) {
        return ByteBuffer.wrap((HttpStatus.getMessage(status) + "\n").getBytes(StandardCharsets.US_ASCII));
    }
}
