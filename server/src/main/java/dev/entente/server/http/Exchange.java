package dev.entente.server.http;

import dev.entente.server.telemetry.Metrics;
import java.util.concurrent.ThreadLocalRandom;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * One request, with its response.
 *
 * @param label the path in the metric
 */
record Exchange(Request request, Response response, Callback callback, String label, Metrics metrics) {
    private static final int LEAST_REFRESH_SECONDS = 3;
    private static final int MAX_REFRESH_SECONDS = 8;

    String path() {
        return Request.getPathInContext(request);
    }

    /** Returns whether the request changes nothing. */
    boolean isRead() {
        return request.getMethod().equals("GET") || request.getMethod().equals("HEAD");
    }

    Exchange with(Callback other) {
        return new Exchange(request, response, other, label, metrics);
    }

    /**
     * Writes the complete response. If the page may be available soon, the header {@code Refresh} makes the browser
     * repeat a GET. A form is never repeated.
     */
    void answer(WebResponse answer) {
        metrics.http(label, answer.status());
        if (answer.headers().containsKey(WebResponse.LATER) && isRead()) {
            int seconds = ThreadLocalRandom.current().nextInt(LEAST_REFRESH_SECONDS, MAX_REFRESH_SECONDS);
            response.getHeaders().put("Refresh", Integer.toString(seconds));
        }
        answer.write(response, callback);
    }
}
