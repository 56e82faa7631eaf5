package dev.entente.outbox;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** An HTTP receiver that records all messages and responds as the test configures it. */
final class HttpReceiver implements AutoCloseable {
    /** A received request. */
    record Arrival(String id, String body, Map<String, List<String>> headers) {
        String header(String name) {
            return headers.entrySet().stream()
                    .filter(header -> header.getKey().equalsIgnoreCase(name))
                    .map(header -> header.getValue().get(0))
                    .findFirst()
                    .orElse("");
        }
    }

    /** Chooses the status of the response; may block. */
    @FunctionalInterface
    interface Behaviour {
        int status(Arrival arrival) throws Exception;
    }

    final List<Arrival> arrivals = new CopyOnWriteArrayList<>();
    /** Requests answered with 2xx, in the order of the responses. */
    final List<Arrival> taken = new CopyOnWriteArrayList<>();
    /** Ids received while a request with an equal id was in progress. */
    final List<String> concurrentIds = new CopyOnWriteArrayList<>();

    final AtomicInteger inFlightCount = new AtomicInteger();
    private final Map<String, Boolean> idsUnderWay = new ConcurrentHashMap<>();
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private volatile Behaviour behaviour = arrival -> 200;

    HttpReceiver() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1000);
        server.createContext("/messages", this::answer);
        server.setExecutor(threads);
        server.start();
    }

    void behave(Behaviour next) {
        behaviour = next;
    }

    void context(String path, HttpHandler handler) {
        server.createContext(path, handler);
    }

    URI url() {
        return url("/messages");
    }

    URI url(String path) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
    }

    List<String> takenBodies() {
        return taken.stream().map(Arrival::body).toList();
    }

    OutboxMessage message(String body) {
        return OutboxMessage.toHttp("POST", url(), body.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String id = String.valueOf(exchange.getRequestHeaders().getFirst("idempotency-key"));
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        Arrival arrival = new Arrival(id, body, Map.copyOf(exchange.getRequestHeaders()));
        arrivals.add(arrival);
        inFlightCount.incrementAndGet();
        if (idsUnderWay.putIfAbsent(id, true) != null) {
            concurrentIds.add(id);
        }
        int status;
        try {
            status = behaviour.status(arrival);
        } catch (Exception failure) {
            status = 500;
        }
        if (status / 100 == 2) {
            taken.add(arrival);
        }
        idsUnderWay.remove(id);
        inFlightCount.decrementAndGet();
        byte[] answer = ("said " + status).getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, answer.length);
        exchange.getResponseBody().write(answer);
        exchange.close();
    }
}
