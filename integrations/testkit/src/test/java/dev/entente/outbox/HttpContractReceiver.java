package dev.entente.outbox;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** An HTTP receiver for the contract's tests. */
final class HttpContractReceiver extends TestReceiver {
    private final ExecutorService threads = Executors.newCachedThreadPool();

    HttpContractReceiver() {
        behave(Behaviour.TAKE);
    }

    @Override
    AutoCloseable listen() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
        server.createContext("/", this::answer);
        server.setExecutor(threads);
        server.start();
        return () -> server.stop(0);
    }

    @Override
    public OutgoingMessage message(String id, int attempts, int payloadBytes, Map<String, String> headers) {
        byte[] payload = payload(id, payloadBytes);
        return new OutgoingMessage(
                id, 1, null, "http", "http://" + target() + "/", "POST", headers, payload, attempts, Instant.now());
    }

    @Override
    public void close() {
        super.close();
        if (now() != Behaviour.BE_AWAY) {
            threads.shutdownNow();
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        byte[] payload = exchange.getRequestBody().readAllBytes();
        Map<String, String> metadata = new TreeMap<>();
        exchange.getRequestHeaders()
                .forEach((name, values) -> metadata.put(name.toLowerCase(Locale.ROOT), values.get(0)));
        switch (now()) {
            case TAKE -> {
                take(metadata.getOrDefault("idempotency-key", ""), payload, metadata);
                end(exchange, 204);
            }
            case FAIL -> end(exchange, 503);
            case REFUSE -> end(exchange, 422);
            case HANG, BE_AWAY -> {} // never answered
        }
    }

    private static void end(HttpExchange exchange, int status) throws IOException {
        exchange.sendResponseHeaders(status, -1);
        exchange.close();
    }
}
