package dev.entente.stories.console;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/**
 * An HTTP participant: the path selects the response. A request to a path that starts with /hold waits for its release.
 */
final class AnsweringService implements AutoCloseable {
    private static final Map<String, Integer> STATUS =
            Map.of("/down", 503, "/busy", 202, "/no", 409, "/MISCONFIGURED", 400, "/BARRIER_EXPIRED", 400);

    private final Map<String, CountDownLatch> held = new ConcurrentHashMap<>();
    private final HttpServer server =
            HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0, "/", this::answer);

    AnsweringService() throws IOException {
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    void release(String path) {
        latch(path).countDown();
    }

    private CountDownLatch latch(String path) {
        return held.computeIfAbsent(path, _ -> new CountDownLatch(1));
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            if (path.startsWith("/hold")) {
                latch(path).await();
            }
            int status = STATUS.getOrDefault(path.substring(path.lastIndexOf('/')), 200);
            if (status == 202) {
                exchange.getResponseHeaders().set("Retry-After", "3600");
            } else if (status == 400) {
                exchange.getResponseHeaders().set("entente-reason", path.substring(1));
            }
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(status, 2);
            exchange.getResponseBody().write(new byte[] {'{', '}'});
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        held.values().forEach(CountDownLatch::countDown);
        server.stop(0);
    }
}
