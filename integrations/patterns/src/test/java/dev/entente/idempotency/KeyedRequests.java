package dev.entente.idempotency;

import dev.entente.participant.TestDatabase;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/** A real container with an outer filter, the idempotency filter and one handler, in this order. */
final class KeyedRequests {
    /** The headers that differ between responses, with or without keys. */
    private static final List<String> OF_ONE_ANSWER =
            List.of("connection", "content-length", "date", "transfer-encoding");

    private final AtomicInteger ran = new AtomicInteger();
    private final ServletContainer.Running container;
    private volatile Handler handler = (request, response) -> {};
    private volatile Handler before = (request, response) -> {};
    private volatile Handler after = (request, response) -> {};

    KeyedRequests(ServletContainer kind) throws Exception {
        DataSource database = TestDatabase.schema("keyed_requests");
        JdbcKeyStore store =
                TestDatabase.isMariadb() ? JdbcKeyStore.mariadb(database) : JdbcKeyStore.postgres(database);
        store.createTable();
        container = kind.start(new Servant(), List.of(new Outer(), new IdempotencyFilter(IdempotencyKeys.in(store))));
    }

    void stop() throws Exception {
        container.end().stop();
    }

    /** Handles a request in the servlet or in the outer filter. */
    interface Handler {
        void handle(HttpServletRequest request, HttpServletResponse response) throws IOException, ServletException;
    }

    /**
     * A response, as tests compare it.
     *
     * @param headers the values by header name in lower case
     */
    record Seen(int status, Map<String, List<String>> headers, String body) {
        /** Returns the values of a header, joined. */
        String header(String name) {
            return String.join(" & ", headers.getOrDefault(name, List.of()));
        }
    }

    KeyedRequests handler(Handler next) {
        handler = next;
        before = (request, response) -> {};
        after = (request, response) -> {};
        ran.set(0);
        return this;
    }

    KeyedRequests before(Handler next) {
        before = next;
        return this;
    }

    KeyedRequests after(Handler next) {
        after = next;
        return this;
    }

    int ran() {
        return ran.get();
    }

    Seen post(List<String> keys, String path, String type, String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(container.uri().resolve(path));
        keys.forEach(key -> request.header("Idempotency-Key", key));
        if (!type.isEmpty()) {
            request.header("Content-Type", type);
        }
        request.POST(HttpRequest.BodyPublishers.ofString(body, StandardCharsets.ISO_8859_1));
        // Uses its own client: a container may close the connection of a request that it refuses before reading.
        HttpResponse<byte[]> answer =
                HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        Map<String, List<String>> headers = new TreeMap<>(answer.headers().map());
        headers.keySet().removeAll(OF_ONE_ANSWER);
        return new Seen(answer.statusCode(), headers, new String(answer.body(), StandardCharsets.ISO_8859_1));
    }

    /** Posts a text. An empty key means no key. */
    Seen post(String key) throws Exception {
        return post(key.isEmpty() ? List.of() : List.of(key), "/", "text/plain", "hello");
    }

    /** Posts a form. */
    Seen form(String key, String path, String body) throws Exception {
        return post(key.isEmpty() ? List.of() : List.of(key), path, "application/x-www-form-urlencoded", body);
    }

    /** Posts a multipart form with one part for each {@code name=value}. Parts named {@code file…} are files. */
    Seen parts(String key, String boundary, String... fields) throws Exception {
        return multipart(key, "/", "form-data; boundary=" + boundary, boundary, fields);
    }

    Seen multipart(String key, String path, String type, String boundary, String... fields) throws Exception {
        StringBuilder body = new StringBuilder();
        for (String field : fields) {
            String[] pair = field.split("=", 2);
            String file = pair[0].startsWith("file") ? "; filename=\"f\"" : "";
            body.append("--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + pair[0] + "\"" + file
                    + "\r\n\r\n" + pair[1] + "\r\n");
        }
        return post(
                key.isEmpty() ? List.of() : List.of(key), path, "multipart/" + type, body + "--" + boundary + "--\r\n");
    }

    /** Returns a response without the header that marks repeated responses. */
    static Seen first(Seen again) {
        Map<String, List<String>> headers = new TreeMap<>(again.headers());
        headers.remove("idempotency-replayed");
        return new Seen(again.status(), headers, again.body());
    }

    /** Writes a text without checked exceptions. */
    static void print(ServletResponse response, String text) {
        try {
            response.getWriter().write(text);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private final class Servant extends HttpServlet {
        private static final long serialVersionUID = 1;

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response)
                throws IOException, ServletException {
            ran.incrementAndGet();
            handler.handle(request, response);
        }
    }

    private final class Outer implements Filter {
        @Override
        public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            before.handle((HttpServletRequest) request, (HttpServletResponse) response);
            chain.doFilter(request, response);
            after.handle((HttpServletRequest) request, (HttpServletResponse) response);
        }
    }
}
