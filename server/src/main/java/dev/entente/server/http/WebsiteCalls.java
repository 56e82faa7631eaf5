package dev.entente.server.http;

import dev.entente.server.telemetry.Metrics;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs pages and streams of the website, each on a virtual thread, up to a limit. Thread-safe. */
final class WebsiteCalls {
    private static final Logger log = LoggerFactory.getLogger(WebsiteCalls.class);
    /** A page counts until its last byte is sent, so slow readers hold at most this number of pages. */
    private static final int MAX_PAGES = 32;

    private static final WebResponse BUSY =
            WebResponse.of(503, WebResponse.PLAIN, Map.of(WebResponse.LATER, "1"), "too many pages at once\n");
    private static final WebResponse FULL =
            WebResponse.of(503, WebResponse.PLAIN, Map.of(WebResponse.LATER, "5"), "too many streams at once\n");
    private static final WebResponse INCOMPLETE = WebResponse.plain(408, "the form was not complete in time\n");

    private static final Pattern FORM = Pattern.compile(
            "application/x-www-form-urlencoded *(; *charset *= *\"?utf-8\"? *)?", Pattern.CASE_INSENSITIVE);

    private final Website website;
    private final Executor executor;
    private final Metrics metrics;
    private final Semaphore capacity = new Semaphore(MAX_PAGES);
    private final EventStreams streams;

    /** @param executor a virtual thread for each page and stream; its end interrupts them */
    WebsiteCalls(Website website, Executor executor, Metrics metrics, EventStreams.Pace pace) {
        this.website = website;
        this.executor = executor;
        this.metrics = metrics;
        this.streams = new EventStreams(metrics, pace);
    }

    /** Returns the refusal of a request without a readable form; null for a readable form. */
    static @Nullable WebResponse misfit(Request request) {
        String type = String.valueOf(request.getHeaders().get(HttpHeader.CONTENT_TYPE));
        return !FORM.matcher(type).matches() ? WebResponse.NO_FORM : bytes(request) < 0 ? WebResponse.NO_LENGTH : null;
    }

    private static long bytes(Request request) {
        return request.getHeaders().getLongField(HttpHeader.CONTENT_LENGTH);
    }

    String methods(String path) {
        return website.methods(path);
    }

    /** Responds to a GET or HEAD without a body, or to a form if the path accepts a form. */
    void answer(Exchange exchange) {
        if (EventStreams.isAsked(exchange.request())) {
            stream(exchange);
        } else {
            show(exchange);
        }
    }

    private void show(Exchange exchange) {
        if (!capacity.tryAcquire()) {
            exchange.answer(BUSY);
            return;
        }
        Exchange last = exchange.with(Callback.from(exchange.callback(), () -> capacity.release()));
        boolean isTooLarge = bytes(exchange.request()) > website.mostFormBytes(exchange.path());
        Runnable answer = () -> executor.execute(() -> last.answer(page(last, isTooLarge)));
        if (isTooLarge) {
            UnreadBody.skip(exchange.request(), exchange.response(), answer);
        } else {
            answer.run();
        }
    }

    private void stream(Exchange exchange) {
        if (!streams.capacity.tryAcquire()) {
            exchange.answer(FULL);
            return;
        }
        executor.execute(() -> {
            try {
                EventFeed feed = website.events(asked(exchange.request(), null));
                if (feed == null) {
                    show(exchange);
                } else {
                    metrics.http(exchange.label(), HttpStatus.OK_200);
                    streams.run(feed, exchange.response(), exchange.callback());
                }
            } catch (RuntimeException | Error defect) { // counted; one stream is lost
                exchange.answer(failed(defect));
            } finally {
                streams.capacity.release();
            }
        });
    }

    private static WebRequest asked(Request request, @Nullable String form) {
        String query = request.getHttpURI().getQuery();
        return new WebRequest(
                Request.getPathInContext(request),
                query == null ? "" : query,
                form,
                // Jetty puts an IPv6 address in brackets; the scope of an address is useless in the audit.
                Request.getRemoteAddr(request).replaceAll("[\\[\\]]|%[^\\]]*", ""),
                request.isSecure(),
                request.isSecure() || isLocal(request),
                UserHeader.user(request),
                name -> header(request, name));
    }

    private WebResponse failed(Throwable defect) {
        metrics.caught("console-page");
        log.error("a page of the console failed", defect);
        return WebResponse.FAILED;
    }

    private WebResponse page(Exchange exchange, boolean isTooLarge) {
        Request request = exchange.request();
        try {
            return isTooLarge
                    ? website.tooLarge(asked(request, null))
                    : website.answer(asked(
                            request,
                            exchange.isRead() ? null : Content.Source.asString(request, StandardCharsets.UTF_8)));
        } catch (IOException gone) {
            return INCOMPLETE;
        } catch (RuntimeException | Error defect) { // counted; one page is lost
            return failed(defect);
        }
    }

    /** Over HTTP/2 browsers send cookies one by one, and the host in the request's address. */
    private static String header(Request request, String name) {
        if (name.equals("Host")) {
            return String.valueOf(request.getHttpURI().getAuthority());
        }
        return String.join(
                name.equals("Cookie") ? "; " : ", ", request.getHeaders().getValuesList(name));
    }

    /** Returns whether a request comes from this machine, and no proxy on it has added its headers. */
    private static boolean isLocal(Request request) {
        return request.getConnectionMetaData().getRemoteSocketAddress() instanceof InetSocketAddress client
                && client.getAddress().isLoopbackAddress()
                && !TrustedProxies.hasPassed(request.getHeaders())
                && RequestFilter.isLoopback(String.valueOf(request.getHttpURI().getHost()));
    }
}
