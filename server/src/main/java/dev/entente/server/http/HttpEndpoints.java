package dev.entente.server.http;

import dev.entente.server.telemetry.Metrics;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.NanoTime;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints for monitoring, and the checks before calls and pages. {@code /livez} reports that the process runs.
 * {@code /readyz} reports that the coordinator accepts work: 503 until the rows of earlier coordinators are taken over,
 * and during a drain. {@code /metrics} needs no authentication, because it has no gids and no payloads. Only the bodies
 * of forms are read, and no thread waits for a client.
 */
final class HttpEndpoints extends Handler.Abstract.NonBlocking {
    private static final WebResponse ALIVE = WebResponse.plain(200, "alive\n");
    private static final WebResponse READY = WebResponse.plain(200, "ready\n");
    private static final WebResponse NOT_READY = WebResponse.plain(503, "not ready\n");
    private static final Set<String> OWN = Set.of("/livez", "/readyz", "/metrics");
    /** The time for a body, in addition to the time for its bytes. */
    private static final int BODY_SECONDS = 10;

    private static final int LEAST_BODY_BYTES_PER_SECOND = 1 << 10;

    private final Metrics metrics;
    private final RefusedRequests refused;
    private final @Nullable RequestFilter filter;
    private final Executor executor;
    private volatile @Nullable WebsiteCalls website;
    /** The readiness; null during the start. */
    private volatile @Nullable BooleanSupplier isReady;

    private volatile Request.@Nullable Handler calls;

    /** @param filter null if neither calls nor browsers are served */
    HttpEndpoints(Metrics metrics, RefusedRequests refused, @Nullable RequestFilter filter, Executor executor) {
        this.metrics = metrics;
        this.refused = refused;
        this.executor = executor;
        this.filter = filter;
    }

    /** @param readiness called for each request from now on */
    void ready(BooleanSupplier readiness) {
        isReady = readiness;
    }

    /** @param shown handles all other paths from now on */
    void show(Website shown, EventStreams.Pace pace) {
        website = new WebsiteCalls(shown, executor, metrics, pace);
    }

    /** Handles calls from now on. */
    void serve(Request.Handler served) {
        calls = served;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        String path = Request.getPathInContext(request);
        boolean isHere = OWN.contains(path);
        RequestFilter entrance = isHere ? null : filter;
        WebsiteCalls shown = isHere ? null : website;
        boolean isPage = shown != null && !shown.methods(path).isEmpty();
        boolean isCall =
                entrance != null && (RequestFilter.isCall(request) || (!isPage && RequestFilter.hasCall(request)));
        WebsiteCalls pages = isCall ? null : shown;
        String label = isCall ? "calls" : isHere ? path : pages == null ? "other" : "console";
        Exchange exchange = new Exchange(timed(request), response, callback, label, metrics);
        // A proxy before this port may have checked access by the raw path, so a path that differs after normalization
        // is refused.
        boolean isAmbiguous = !path.equals(request.getHttpURI().getPath());
        RequestFilter.Refused refusal =
                isAmbiguous ? RequestFilter.AMBIGUOUS : entrance == null ? null : entrance.refusal(request);
        if (refusal != null) {
            count(isAmbiguous ? RefusedRequests.Reason.MALFORMED : RefusedRequests.Reason.CALL, exchange);
            answerSkipped(exchange, isCall && entrance != null ? entrance.toCaller(refusal) : refusal.toReader());
        } else if (isCall && entrance != null) {
            call(exchange, entrance);
        } else if (isHere || pages != null) {
            WebResponse misfit = misfit(exchange, pages == null ? "GET, HEAD" : pages.methods(path));
            if (misfit != null) {
                answerUnread(exchange, misfit);
            } else if (pages != null) {
                pages.answer(exchange);
            } else {
                answerHere(exchange);
            }
        } else {
            answerUnread(exchange, isAwaited() ? RequestFilter.STARTING.toReader() : WebResponse.NOT_FOUND);
        }
        return true;
    }

    /** Fails a slow body. Jetty limits silence only, so an occasional byte would avoid Jetty's limit. */
    private static Request timed(Request request) {
        return new Request.Wrapper(request) {
            @Override
            public Content.@Nullable Chunk read() {
                Content.Chunk next = super.read();
                long bound = BODY_SECONDS + Request.getContentBytesRead(this) / LEAST_BODY_BYTES_PER_SECOND;
                return next == null && NanoTime.secondsSince(getHeadersNanoTime()) > bound
                        ? Content.Chunk.from(new TimeoutException("the body arrives too slowly"))
                        : next;
            }
        };
    }

    /** Returns the refusal of the method or the body; null if a page responds, possibly with 404. */
    private static @Nullable WebResponse misfit(Exchange exchange, String methods) {
        Request request = exchange.request();
        if (exchange.isRead() && !methods.equals("POST")) {
            return UnreadBody.isThere(request) ? WebResponse.NO_BODY : null;
        } else if (methods.isEmpty()) {
            return WebResponse.NOT_FOUND;
        }
        boolean isForm = request.getMethod().equals("POST") && methods.endsWith("POST");
        return isForm ? WebsiteCalls.misfit(request) : WebResponse.notAllowed(methods);
    }

    private void answerUnread(Exchange exchange, WebResponse answer) {
        if (UnreadBody.isThere(exchange.request())) {
            count(RefusedRequests.Reason.BODY, exchange);
            UnreadBody.refuse(exchange.request(), exchange.response());
        }
        exchange.answer(answer);
    }

    private void answerHere(Exchange exchange) {
        switch (exchange.path()) {
            case "/livez" -> exchange.answer(ALIVE);
            case "/readyz" -> {
                BooleanSupplier readiness = isReady;
                exchange.answer(readiness != null && readiness.getAsBoolean() ? READY : NOT_READY);
            }
            default ->
                executor.execute(() -> {
                    try {
                        Metrics.Format format = Metrics.Format.accepted(
                                exchange.request().getHeaders().get("accept"));
                        exchange.answer(
                                WebResponse.of(200, format.contentType(), Map.of(), metrics.exposition(format)));
                    } catch (RuntimeException | Error defect) { // Jetty logs it; RefusedRequests counts and responds
                        exchange.callback().failed(defect);
                    }
                });
        }
    }

    /** Returns whether a missing path may be available soon. */
    private boolean isAwaited() {
        return filter != null && isReady == null;
    }

    private static void answerSkipped(Exchange exchange, WebResponse answer) {
        UnreadBody.skip(exchange.request(), exchange.response(), () -> exchange.answer(answer));
    }

    private void count(RefusedRequests.Reason why, Exchange exchange) {
        refused.count(why, exchange.request().getConnectionMetaData().getRemoteSocketAddress());
    }

    private void call(Exchange exchange, RequestFilter entrance) throws Exception {
        Request.Handler served = calls;
        if (served == null) {
            answerSkipped(exchange, isAwaited() ? entrance.toCaller(RequestFilter.STARTING) : WebResponse.NOT_FOUND);
        } else {
            Request.addCompletionListener(
                    exchange.request(),
                    _ -> metrics.http(exchange.label(), exchange.response().getStatus()));
            served.handle(exchange.request(), exchange.response(), exchange.callback());
        }
    }
}
