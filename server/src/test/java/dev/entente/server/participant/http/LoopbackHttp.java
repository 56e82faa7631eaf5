package dev.entente.server.participant.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** A real HTTP server on loopback that answers as the test defines and records the requests. */
public final class LoopbackHttp implements AutoCloseable {
    /** A received request. */
    public record Arrived(String method, String path, Headers headers, String body) {
        public String header(String name) {
            return String.valueOf(headers.getFirst(name));
        }
    }

    /** The response to a request. */
    public record Answer(int status, Map<String, String> headers, String body, Charset written) {
        public Answer(int status, Map<String, String> headers, String body) {
            this(status, headers, body, StandardCharsets.UTF_8);
        }

        public static Answer of(int status, String body) {
            return new Answer(status, Map.of(), body);
        }
    }

    /** Answers one request; may block. */
    public interface Handler {
        Answer answer(Arrived arrived) throws IOException, InterruptedException;
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Arrived> arrived = new CopyOnWriteArrayList<>();
    private final Handler handler;

    private LoopbackHttp(HttpServer server, Handler handler) {
        this.server = server;
        this.handler = handler;
        server.setExecutor(threads);
        server.createContext("/", this::serve);
        server.start();
    }

    public static LoopbackHttp start(Handler handler) {
        return start(null, handler);
    }

    /** Starts a server on a given port. */
    public static LoopbackHttp start(int port, Handler handler) {
        try {
            return new LoopbackHttp(
                    HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0), handler);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static LoopbackHttp start(@Nullable SSLContext tls, Handler handler) {
        try {
            InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
            if (tls == null) {
                return new LoopbackHttp(HttpServer.create(anyPort, 0), handler);
            }
            HttpsServer server = HttpsServer.create(anyPort, 0);
            server.setHttpsConfigurator(new HttpsConfigurator(tls));
            return new LoopbackHttp(server, handler);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            Arrived one = new Arrived(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().toString(),
                    exchange.getRequestHeaders(),
                    body);
            arrived.add(one);
            Answer answer = handler.answer(one);
            answer.headers()
                    .forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
            byte[] bytes = answer.body().getBytes(answer.written());
            exchange.sendResponseHeaders(answer.status(), bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** {@code 127.0.0.1:port}. */
    public String hostPort() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    public String url() {
        return (server instanceof HttpsServer ? "https://" : "http://") + hostPort();
    }

    public List<Arrived> arrived() {
        return List.copyOf(arrived);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
