package dev.entente.server.http;

import dev.entente.server.telemetry.Metrics;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks the website for pages, each on a virtual thread, so many at once and no more. Thread-safe; nothing blocks. */
final class WebsiteCalls {
    private static final Logger log = LoggerFactory.getLogger(WebsiteCalls.class);
    /** A page counts until its last byte was taken, so that slow readers hold no more than these. */
    private static final int MAX_PAGES = 32;

    private static final String LABEL = "console";
    private static final Map<String, String> LATER = Map.of("Retry-After", "1");
    private static final WebAnswer BUSY = new WebAnswer(503, Page.PLAIN, LATER, "too many pages at once\n");
    private static final WebAnswer FAILED = new WebAnswer(500, Page.PLAIN, Map.of(), "an internal error\n");

    private final Website website;
    private final Executor executor;
    private final Metrics metrics;
    private final Semaphore room = new Semaphore(MAX_PAGES);

    /** @param executor a virtual thread for each page */
    WebsiteCalls(Website website, Executor executor, Metrics metrics) {
        this.website = website;
        this.executor = executor;
        this.metrics = metrics;
    }

    /** Answers a GET or HEAD without a body. */
    void answer(Request request, Response response, Callback callback) {
        if (room.tryAcquire()) {
            Callback last = Callback.from(callback, () -> room.release());
            executor.execute(() -> write(page(request), response, last));
        } else {
            write(BUSY, response, callback);
        }
    }

    private WebAnswer page(Request request) {
        String query = request.getHttpURI().getQuery();
        try {
            return website.answer(new WebRequest(
                    Request.getPathInContext(request),
                    query == null ? "" : query,
                    Request.getRemoteAddr(request),
                    request.getHeaders()::get));
        } catch (RuntimeException | Error defect) { // counted; one page is lost
            metrics.caught("console-page");
            log.error("a page of the console failed", defect);
            return FAILED;
        }
    }

    private void write(WebAnswer answer, Response response, Callback callback) {
        metrics.http(LABEL, answer.status());
        byte[] bytes = answer.text().getBytes(StandardCharsets.UTF_8);
        response.setStatus(answer.status());
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, answer.type());
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, bytes.length);
        answer.headers().forEach((name, value) -> response.getHeaders().put(name, value));
        response.write(true, ByteBuffer.wrap(bytes), callback);
    }
}
