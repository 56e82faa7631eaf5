package dev.entente.server.http;

import dev.entente.server.telemetry.Metrics;
import java.net.SocketAddress;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * The pages for monitoring, and the way to calls, through a gate. {@code /livez} tells that the process runs. {@code
 * /readyz} tells that it takes work: 503 until the rows of earlier coordinators were taken over, and while it drains.
 * {@code /metrics} has no gids and no payloads, so there is no authentication. Only forms have a body that is read,
 * and no thread waits for a client.
 */
final class HttpEndpoints extends Handler.Abstract.NonBlocking {
    private static final WebAnswer ALIVE = WebAnswer.plain(200, "alive\n");
    private static final WebAnswer READY = WebAnswer.plain(200, "ready\n");
    private static final WebAnswer NOT_READY = WebAnswer.plain(503, "not ready\n");
    private static final String EXPOSITION = "text/plain; version=0.0.4; charset=utf-8";
    /** The name of a service in its package, and of a method. */
    private static final Pattern CALL = Pattern.compile("/\\w+(\\.\\w+)+/\\w+");

    private final Metrics metrics;
    private final RefusedRequests refused;
    private final @Nullable CallGate gate;
    private final Executor executor;
    private final Object making = new Object();
    /** The page for scrapers whose making has not begun yet; null where nobody waits for one. */
    private @Nullable CompletableFuture<WebAnswer> exposition;

    private volatile @Nullable WebsiteCalls website;
    /** Null while it starts. */
    private volatile @Nullable BooleanSupplier isReady;

    private volatile Request.@Nullable Handler calls;

    /** @param gate null where neither calls nor browsers are served */
    HttpEndpoints(Metrics metrics, RefusedRequests refused, @Nullable CallGate gate, Executor executor) {
        this.metrics = metrics;
        this.refused = refused;
        this.executor = executor;
        this.gate = gate;
    }

    /** @param readiness asked at each request from now on */
    void ready(BooleanSupplier readiness) {
        isReady = readiness;
    }

    /** @param shown what has all other paths from now on */
    void show(Website shown, EventStreams.Pace pace) {
        website = new WebsiteCalls(shown, executor, metrics, pace);
    }

    /** Takes calls from now on. */
    void serve(Request.Handler served) {
        calls = served;
    }

    /** One request, and how it is answered. */
    private record Exchange(Request request, Response response, Callback callback, String label) {
        private SocketAddress client() {
            return request.getConnectionMetaData().getRemoteSocketAddress();
        }

        private boolean isRead() {
            return request.getMethod().equals("GET") || request.getMethod().equals("HEAD");
        }
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        String path = Request.getPathInContext(request);
        CallGate entrance = CALL.matcher(path).matches() ? gate : null;
        boolean isHere = path.equals("/livez") || path.equals("/readyz") || path.equals("/metrics");
        if ((entrance != null || isHere) && !path.equals(request.getHttpURI().getPath())) {
            // What is before this port may have judged, by the path as it stands, who may come here.
            refuse(
                    new Exchange(request, response, callback, "other"),
                    RefusedRequests.Why.MALFORMED,
                    entrance == null ? CallGate.AMBIGUOUS.toReader() : entrance.toCaller(CallGate.AMBIGUOUS));
            return true;
        }
        if (entrance != null) {
            call(new Exchange(request, response, callback, "calls"), entrance);
            return true;
        }
        Exchange exchange = new Exchange(request, response, callback, isHere ? path : "other");
        WebsiteCalls pages = website;
        if (pages != null && !isHere && WebsiteCalls.isForm(request)) {
            show(exchange, pages);
            return true;
        }
        boolean hasBody = UnreadBody.isThere(request);
        if (hasBody) {
            refused.count(RefusedRequests.Why.BODY, exchange.client());
            UnreadBody.refuse(request, response);
        }
        if (!isHere && pages == null) {
            answer(exchange, isAwaited() ? CallGate.STARTING.toReader() : WebAnswer.NOT_FOUND);
        } else if (!exchange.isRead()) {
            answer(exchange, WebAnswer.GET_ONLY);
        } else if (hasBody) {
            answer(exchange, WebAnswer.NO_BODY);
        } else if (!isHere && pages != null) {
            show(exchange, pages);
        } else if (path.equals("/metrics")) {
            var _ = exposition().thenAccept(page -> answer(exchange, page)).exceptionally(defect -> {
                callback.failed(defect); // Jetty logs it, and has it counted and answered
                return null;
            });
        } else {
            BooleanSupplier readiness = isReady;
            boolean takesWork = readiness != null && readiness.getAsBoolean();
            answer(exchange, path.equals("/livez") ? ALIVE : takesWork ? READY : NOT_READY);
        }
        return true;
    }

    /** Returns a page whose making begins after this. One is made at a time, for all who have asked by then. */
    private synchronized CompletableFuture<WebAnswer> exposition() {
        CompletableFuture<WebAnswer> next =
                exposition == null ? CompletableFuture.supplyAsync(this::made, executor) : exposition;
        exposition = next;
        return next;
    }

    private WebAnswer made() {
        synchronized (making) {
            synchronized (this) {
                exposition = null;
            }
            return WebAnswer.of(200, EXPOSITION, Map.of(), metrics.exposition());
        }
    }

    /** Tells whether what is not there yet may be there soon. */
    private boolean isAwaited() {
        return gate != null && isReady == null;
    }

    private void show(Exchange exchange, WebsiteCalls pages) {
        CallGate.Refused refusal = gate == null ? null : gate.refusal(exchange.request());
        if (refusal == null) {
            pages.answer(exchange.request(), exchange.response(), exchange.callback());
        } else {
            refuse(exchange, RefusedRequests.Why.CALL, refusal.toReader());
        }
    }

    private void refuse(Exchange exchange, RefusedRequests.Why why, WebAnswer answer) {
        refused.count(why, exchange.client());
        UnreadBody.skip(exchange.request(), exchange.response(), () -> answer(exchange, answer));
    }

    private void call(Exchange exchange, CallGate entrance) throws Exception {
        CallGate.Refused refusal = entrance.refusal(exchange.request());
        Request.Handler served = calls;
        if (refusal != null) {
            refuse(exchange, RefusedRequests.Why.CALL, entrance.toCaller(refusal));
        } else if (served == null) {
            WebAnswer none = isAwaited() ? entrance.toCaller(CallGate.STARTING) : WebAnswer.NOT_FOUND;
            UnreadBody.skip(exchange.request(), exchange.response(), () -> answer(exchange, none));
        } else {
            Request.addCompletionListener(
                    exchange.request(),
                    _ -> metrics.http(exchange.label(), exchange.response().getStatus()));
            served.handle(exchange.request(), exchange.response(), exchange.callback());
        }
    }

    private void answer(Exchange exchange, WebAnswer page) {
        metrics.http(exchange.label(), page.status());
        page.write(exchange.response(), exchange.callback());
    }
}
