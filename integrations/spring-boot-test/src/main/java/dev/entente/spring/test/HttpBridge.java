package dev.entente.spring.test;

import com.google.protobuf.ByteString;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.entente.participant.Branch;
import dev.entente.participant.BranchHeaders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The proxy between the coordinator and an HTTP participant in which {@link Faults} occur. Thread-safe. */
final class HttpBridge implements TestCoordinator.Bridge {
    /** Headers that belong to one connection. */
    static final List<String> OF_CONNECTION =
            List.of("connection", "content-length", "expect", "host", "http2-settings", "transfer-encoding", "upgrade");

    private static final int BAD_GATEWAY = 502;

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Calls calls;
    private final Faults faults;

    /** A call in the form that the participant gets. */
    record Request(String method, String uri, Map<String, List<String>> headers, ByteString body) {}

    /** The participant's response. */
    record Response(int status, Map<String, List<String>> headers, ByteString body) {}

    /** The connection to a participant. */
    interface Calls {
        /** Delivers a call, and blocks until the answer. */
        Response deliver(Request request) throws Exception;
    }

    HttpBridge(Calls calls, Faults faults) {
        this.calls = calls;
        this.faults = faults;
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException noPort) {
            throw new UncheckedIOException(noPort);
        }
        server.setExecutor(threads);
        server.createContext("/", this::serve);
        server.start();
    }

    @Override
    public String target() {
        return "http://localhost:" + server.getAddress().getPort();
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            Request request = new Request(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().toString(),
                    exchange.getRequestHeaders(),
                    ByteString.readFrom(exchange.getRequestBody()));
            Optional<Branch> branch = BranchHeaders.read(exchange.getRequestHeaders()::getFirst);
            Optional<Response> answer = branch.isEmpty()
                    ? Optional.of(delivered(request).join())
                    : faults.pass(branch.get(), () -> delivered(request)).join();
            // Without an answer the connection is closed.
            if (answer.isPresent()) {
                send(exchange, answer.get());
            }
        } catch (CompletionException failed) {
            exchange.sendResponseHeaders(BAD_GATEWAY, -1);
        }
    }

    private CompletableFuture<Response> delivered(Request request) {
        try {
            return CompletableFuture.completedFuture(calls.deliver(request));
        } catch (Exception failed) { // the coordinator treats this as an unknown result
            return CompletableFuture.failedFuture(failed);
        }
    }

    private static void send(HttpExchange exchange, Response answer) throws IOException {
        answer.headers().forEach((name, values) -> {
            if (!OF_CONNECTION.contains(name.toLowerCase(Locale.ROOT)) && !name.startsWith(":")) {
                exchange.getResponseHeaders().put(name, values);
            }
        });
        exchange.sendResponseHeaders(
                answer.status(), answer.body().isEmpty() ? -1 : answer.body().size());
        answer.body().writeTo(exchange.getResponseBody());
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
