package dev.entente.server.http;

import dev.entente.server.telemetry.Metrics;
import java.net.SocketAddress;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * The pages for monitoring. {@code /livez} tells that the process runs. {@code /readyz} tells that it takes work: 503
 * until the rows of earlier coordinators were taken over, and while it drains. {@code /metrics} has no gids and no
 * payloads, so there is no authentication. Only forms have a body that is read, and no thread waits for a client.
 */
final class HttpEndpoints extends Handler.Abstract.NonBlocking {
    private static final Page ALIVE = Page.plain(200, "alive\n");
    private static final Page READY = Page.plain(200, "ready\n");
    private static final Page NOT_READY = Page.plain(503, "not ready\n");

    private final Metrics metrics;
    private final RefusedRequests refused;
    private final SharedPage exposition;
    private final Executor executor;
    private volatile @Nullable WebsiteCalls website;
    private volatile BooleanSupplier isReady = () -> false;

    HttpEndpoints(Metrics metrics, RefusedRequests refused, Executor executor) {
        this.metrics = metrics;
        this.refused = refused;
        this.executor = executor;
        exposition = new SharedPage(() -> Page.exposition(metrics.exposition()), executor, metrics);
    }

    /** @param readiness asked at each request from now on */
    void ready(BooleanSupplier readiness) {
        isReady = readiness;
    }

    /** @param shown what has all other paths from now on */
    void show(Website shown) {
        website = new WebsiteCalls(shown, executor, metrics);
    }

    /** One request, and how it is answered. */
    private record Exchange(Request request, Response response, Callback callback, String label) {
        private SocketAddress client() {
            return request.getConnectionMetaData().getRemoteSocketAddress();
        }

        private boolean hasBody() {
            HttpFields headers = request.getHeaders();
            return headers.contains(HttpHeader.TRANSFER_ENCODING)
                    || headers.getLongField(HttpHeader.CONTENT_LENGTH) > 0;
        }

        private boolean isRead() {
            return request.getMethod().equals("GET") || request.getMethod().equals("HEAD");
        }
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        String path = Request.getPathInContext(request);
        boolean isHere = path.equals("/livez") || path.equals("/readyz") || path.equals("/metrics");
        Exchange exchange = new Exchange(request, response, callback, isHere ? path : "other");
        WebsiteCalls pages = website;
        if (pages != null && !isHere && WebsiteCalls.isForm(request)) {
            pages.answer(request, response, callback);
            return true;
        }
        if (exchange.hasBody()) {
            refused.count(RefusedRequests.Why.BODY, exchange.client());
            HttpVersion version = request.getConnectionMetaData().getHttpVersion();
            if (version.getVersion() < HttpVersion.HTTP_2.getVersion()) {
                response.getHeaders().put(HttpFields.CONNECTION_CLOSE);
            }
        }
        if (!isHere && pages == null) {
            answer(exchange, Page.NOT_FOUND);
        } else if (!exchange.isRead()) {
            answer(exchange, Page.GET_ONLY);
        } else if (exchange.hasBody()) {
            answer(exchange, Page.NO_BODY);
        } else if (!isHere && pages != null) {
            pages.answer(request, response, callback);
        } else if (path.equals("/metrics")) {
            exposition.ask(page -> answer(exchange, page));
        } else {
            answer(exchange, path.equals("/livez") ? ALIVE : isReady.getAsBoolean() ? READY : NOT_READY);
        }
        return true;
    }

    private void answer(Exchange exchange, Page page) {
        metrics.http(exchange.label(), page.status());
        Response response = exchange.response();
        response.setStatus(page.status());
        response.getHeaders().put(new HttpField(HttpHeader.CONTENT_TYPE, page.type()));
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, page.text().remaining());
        response.write(true, page.bytes(), exchange.callback());
    }
}
