package dev.entente.server.console;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A real browser on a console's pages. A proxy between them adds a script to each page that does what a test says, and
 * can break off. The pages' policy holds, but for that script's {@code eval}.
 */
final class DrivenBrowser implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 300;
    private static final String DRIVER = """
        (async () => {
          for (let said = ""; ; ) {
            try {
              const task = await (await fetch("/driver", { method: "POST", body: said })).text();
              const end = task.indexOf("\\n");
              said = end < 0 ? "" : task.slice(0, end) + "\\n" + eval(task.slice(end + 1));
            } catch (failure) {
              said = "";
              console.log(failure);
            }
            await new Promise((resolve) => setTimeout(resolve, 50));
          }
        })();
        """;

    private record Task(int number, String script, CompletableFuture<String> result) {}

    /** How the proxy treats streams, or all. */
    enum Way {
        OPEN,
        WITHOUT_STREAMS,
        BROKEN
    }

    private final HttpClient http = HttpClient.newHttpClient();
    private final Set<InputStream> streams = ConcurrentHashMap.newKeySet();
    private final String origin;
    private final HttpServer proxy;
    private final Process browser;
    private volatile Way way = Way.OPEN;
    private volatile Task task = new Task(0, "", CompletableFuture.completedFuture(""));

    /** @param origin the console's host and port */
    DrivenBrowser(String origin, Path profile) throws IOException {
        this.origin = origin;
        proxy = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        proxy.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        proxy.createContext("/", this::pass);
        proxy.createContext("/driver", this::drive);
        proxy.createContext("/driver.js", exchange -> answer(exchange, 200, "text/javascript", DRIVER));
        proxy.start();
        browser = new ProcessBuilder(
                        "chromium",
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-quic",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                        "--lang=en",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        "http://localhost:" + proxy.getAddress().getPort() + "/")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(profile.resolveSibling("browser.log").toFile())
                .start();
    }

    /** Opens a page of the console, and waits for its script to have looked. */
    void open(String path) {
        run("location.assign('/" + path + "')");
    }

    /** Returns what an expression is in the page that is open, as a text. */
    synchronized String run(String script) {
        Task next = new Task(task.number() + 1, script, new CompletableFuture<>());
        task = next;
        try {
            return next.result().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(stopped);
        } catch (java.util.concurrent.ExecutionException | TimeoutException late) {
            throw new IllegalStateException("the page did not answer: " + script, late);
        }
    }

    /** Breaks off the streams that are open unless the way is open. */
    void set(Way next) throws IOException {
        way = next;
        if (next != Way.OPEN) {
            for (InputStream stream : streams) {
                stream.close();
            }
        }
    }

    private void drive(HttpExchange exchange) throws IOException {
        String said = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        Task current = task;
        if (said.startsWith(current.number() + "\n")) {
            current.result().complete(said.substring(said.indexOf('\n') + 1));
        }
        answer(
                exchange,
                200,
                "text/plain",
                current.result().isDone() ? "" : current.number() + "\n" + current.script());
    }

    private void pass(HttpExchange exchange) throws IOException {
        boolean isStream = exchange.getRequestURI().getPath().equals("/live");
        if (way == Way.BROKEN || (isStream && way == Way.WITHOUT_STREAMS)) {
            answer(exchange, 503, "text/plain", "");
            return;
        }
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + origin + exchange.getRequestURI()))
                .header("Accept", exchange.getRequestHeaders().getFirst("Accept"))
                .build();
        HttpResponse<InputStream> response = sent(request);
        String policy = response.headers().firstValue("Content-Security-Policy").orElse("default-src 'none'");
        exchange.getResponseHeaders()
                .set("Content-Security-Policy", policy.replace("script-src 'self'", "script-src 'self' 'unsafe-eval'"));
        String type = response.headers().firstValue("Content-Type").orElse("");
        try (InputStream body = response.body()) {
            if (isStream) {
                passStream(exchange, body);
            } else {
                String text = new String(body.readAllBytes(), StandardCharsets.UTF_8);
                answer(
                        exchange,
                        response.statusCode(),
                        type,
                        text.replace("</body>", "<script src=\"/driver.js\"></script></body>"));
            }
        }
    }

    private HttpResponse<InputStream> sent(HttpRequest request) throws IOException {
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (InterruptedException stopped) {
            throw new IOException(stopped);
        }
    }

    private void passStream(HttpExchange exchange, InputStream body) throws IOException {
        streams.add(body);
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        byte[] some = new byte[1024];
        try (exchange;
                OutputStream out = exchange.getResponseBody()) {
            for (int length = body.read(some); length >= 0; length = body.read(some)) {
                out.write(some, 0, length);
                out.flush();
            }
        } finally {
            streams.remove(body);
        }
    }

    private static void answer(HttpExchange exchange, int status, String type, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        try (exchange;
                OutputStream out = exchange.getResponseBody()) {
            out.write(bytes);
        }
    }

    @Override
    public void close() {
        browser.descendants().forEach(ProcessHandle::destroyForcibly);
        browser.destroyForcibly();
        proxy.stop(0);
        http.shutdownNow();
    }
}
