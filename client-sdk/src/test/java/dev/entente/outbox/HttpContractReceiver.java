package dev.entente.outbox;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.entente.backends.LoopbackPorts;
import dev.entente.outbox.contract.ContractReceiver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** A receiver over HTTP for the contract's tests. */
final class HttpContractReceiver implements ContractReceiver, AutoCloseable {
    private final HeldBehaviour behaviour = new HeldBehaviour();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private @Nullable HttpServer server;
    /** Kept while it is away. */
    private final int port = LoopbackPorts.next();

    HttpContractReceiver() {
        start();
    }

    @Override
    public boolean behave(Behaviour next) {
        behaviour.set(next);
        if (next == Behaviour.BE_AWAY && server != null) {
            server.stop(0);
            server = null;
        } else if (next != Behaviour.BE_AWAY && server == null) {
            start();
        }
        return true;
    }

    @Override
    public OutgoingMessage message(String id, int attempts, int payloadBytes, Map<String, String> headers) {
        byte[] payload =
                (id + "x".repeat(payloadBytes)).substring(0, payloadBytes).getBytes(StandardCharsets.US_ASCII);
        return new OutgoingMessage(
                id,
                1,
                null,
                "http",
                "http://127.0.0.1:" + port + "/",
                "POST",
                headers,
                payload,
                attempts,
                Instant.now());
    }

    @Override
    public List<Taken> taken() {
        return behaviour.taken();
    }

    @Override
    public void close() {
        if (server != null) {
            server.stop(0);
        }
        threads.shutdownNow();
    }

    /** On the same port again after it was away. */
    private void start() {
        try {
            HttpServer started = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            started.createContext("/", this::answer);
            started.setExecutor(threads);
            started.start();
            server = started;
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        byte[] payload = exchange.getRequestBody().readAllBytes();
        Map<String, String> metadata = new TreeMap<>();
        exchange.getRequestHeaders()
                .forEach((name, values) -> metadata.put(name.toLowerCase(Locale.ROOT), values.get(0)));
        switch (behaviour.now()) {
            case TAKE -> {
                behaviour.take(new Taken(metadata.getOrDefault("idempotency-key", ""), payload, metadata));
                exchange.sendResponseHeaders(204, -1);
                exchange.close();
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
