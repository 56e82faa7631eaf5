package dev.entente.server.app;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.entente.server.telemetry.Metrics;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The HTTP endpoints for monitoring. {@code /livez} tells that the process runs. {@code /readyz} tells that it takes
 * work: 503 until the rows of earlier coordinators were taken over, and while it drains. {@code /metrics} has no gids
 * and no payloads, so there is no authentication.
 */
final class HttpEndpoints {
    private static final String MAX_CONNECTIONS = "256";
    private static final String MAX_REQUEST_SECONDS = "10";

    private final HttpServer server;
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("entente-http-", 0).factory());
    private final Metrics metrics;
    private volatile BooleanSupplier isReady = () -> false;

    private HttpEndpoints(HttpServer server, Metrics metrics) {
        this.server = server;
        this.metrics = metrics;
    }

    /**
     * Binds and serves.
     *
     * @throws IOException if the address is taken
     */
    static HttpEndpoints start(InetSocketAddress address, Metrics metrics) throws IOException {
        // The JDK's server is bounded by these alone, and reads them when its first instance is made.
        System.setProperty("jdk.httpserver.maxConnections", MAX_CONNECTIONS);
        System.setProperty("sun.net.httpserver.maxReqTime", MAX_REQUEST_SECONDS);
        System.setProperty("sun.net.httpserver.maxRspTime", MAX_REQUEST_SECONDS);
        HttpEndpoints endpoints = new HttpEndpoints(HttpServer.create(address, 64), metrics);
        endpoints.server.setExecutor(endpoints.threads);
        endpoints.add("/livez", "text/plain; charset=utf-8", () -> new Page(200, "alive\n"));
        endpoints.add("/readyz", "text/plain; charset=utf-8", endpoints::readiness);
        endpoints.add(
                "/metrics", "text/plain; version=0.0.4; charset=utf-8", () -> new Page(200, metrics.exposition()));
        endpoints.server.start();
        return endpoints;
    }

    private record Page(int status, String text) {}

    private Page readiness() {
        return isReady.getAsBoolean() ? new Page(200, "ready\n") : new Page(503, "not ready\n");
    }

    private void add(String path, String type, Supplier<Page> page) {
        var _ = server.createContext(path, exchange -> {
            boolean isHere = exchange.getRequestURI().getPath().equals(path);
            boolean reads = exchange.getRequestMethod().equals("GET")
                    || exchange.getRequestMethod().equals("HEAD");
            Page shown = !isHere ? new Page(404, "not found\n") : reads ? page.get() : new Page(405, "GET only\n");
            metrics.http(isHere ? path : "other", shown.status());
            send(exchange, type, shown);
        });
    }

    private static void send(HttpExchange exchange, String type, Page page) throws IOException {
        try (exchange) {
            byte[] body = page.text().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", type);
            boolean isHead = exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(page.status(), isHead || body.length == 0 ? -1 : body.length);
            if (!isHead) {
                exchange.getResponseBody().write(body);
            }
        }
    }

    int port() {
        return server.getAddress().getPort();
    }

    /** @param readiness asked at each request from now on */
    void ready(BooleanSupplier readiness) {
        isReady = readiness;
    }

    void stop() {
        server.stop(0);
        threads.shutdownNow();
    }
}
