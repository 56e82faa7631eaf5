package dev.entente.server.http;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.telemetry.MetricName;
import dev.entente.server.telemetry.Metrics;
import dev.entente.server.telemetry.RateLimitedLog;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the requests that the HTTP port refuses, and logs each reason at most once a minute. Responds to requests that
 * Jetty refuses before a page sees them: with a status and an error code, without the client's input. Thread-safe.
 */
final class RefusedRequests implements Request.Handler {
    private static final Logger log = LoggerFactory.getLogger(RefusedRequests.class);

    /** The reasons for which the HTTP port refuses a request. */
    enum Reason {
        BODY("a request with a body, which no page accepts"),
        TOO_LARGE("a request whose head is too large"),
        MALFORMED("bytes that are not a request"),
        CALL("a call under another host's name, from another site's page, without the TLS that gRPC requires, or with a"
                + " user header that no trusted proxy has sent");

        private final String meaning;

        Reason(String meaning) {
            this.meaning = meaning;
        }

        /** Returns the value of the metric's label. */
        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Metrics metrics;
    private final @Nullable RequestFilter filter;
    private final Map<Reason, RateLimitedLog> lines = new EnumMap<>(Reason.class);

    /** @param filter null if neither calls nor browsers are served */
    RefusedRequests(Metrics metrics, @Nullable RequestFilter filter) {
        this.metrics = metrics;
        this.filter = filter;
        for (Reason why : Reason.values()) {
            lines.put(why, new RateLimitedLog(System::nanoTime));
        }
    }

    /** Counts a refusal, and logs the refusal if no other of its kind was logged in the last minute. */
    void count(Reason why, Object peer) {
        metrics.count(MetricName.HTTP_REFUSED, why.label());
        RateLimitedLog line = lines.get(why);
        int before = line == null ? RateLimitedLog.WITHHELD : line.due();
        if (before != RateLimitedLog.WITHHELD) {
            log.warn(
                    "refused on the HTTP port, from {}: {}; {} more since the last such line",
                    peer,
                    why.meaning,
                    before);
        }
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        boolean isOther = response.getStatus() == HttpStatus.UPGRADE_REQUIRED_426; // HTTP/2 in an HTTP/1 request line
        int status = isOther ? HttpStatus.HTTP_VERSION_NOT_SUPPORTED_505 : response.getStatus();
        metrics.http("other", status);
        Object peer = request.getConnectionMetaData().getRemoteSocketAddress();
        switch (status) {
            case HttpStatus.PAYLOAD_TOO_LARGE_413,
                    HttpStatus.URI_TOO_LONG_414,
                    HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE_431 -> count(Reason.TOO_LARGE, peer);
            case HttpStatus.INTERNAL_SERVER_ERROR_500 -> metrics.caught("http");
            default -> count(Reason.MALFORMED, peer);
        }
        SecurityHeaders.put(response.getHeaders()); // Jetty removes all headers, or refuses before any are added
        RequestFilter.Refused refused = new RequestFilter.Refused(status, refusal(status));
        WebResponse answer =
                filter != null && RequestFilter.isCall(request) ? filter.toCaller(refused) : refused.toReader();
        answer.write(response, callback);
        return true;
    }

    private static Refusal refusal(int status) {
        String name = HttpStatus.getMessage(status);
        return switch (status) {
            case HttpStatus.BAD_REQUEST_400 -> RequestFilter.MALFORMED.why();
            case HttpStatus.PAYLOAD_TOO_LARGE_413,
                    HttpStatus.URI_TOO_LONG_414,
                    HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE_431 ->
                Refusal.of(
                        ErrorCode.TOO_LARGE,
                        "the head of the request has more than " + HttpPort.MAX_HEAD_BYTES
                                + " bytes; send a shorter path, and fewer or smaller cookies and headers");
            case HttpStatus.INTERNAL_SERVER_ERROR_500 ->
                Refusal.of(ErrorCode.INTERNAL, "the request failed; the cause is in the log");
            case HttpStatus.HTTP_VERSION_NOT_SUPPORTED_505 ->
                Refusal.of(ErrorCode.NOT_SERVED_OVER_HTTP, name + "; use HTTP/1.1, or HTTP/2 over TLS");
            default -> Refusal.malformed(ErrorCode.MALFORMED, "request", name);
        };
    }
}
