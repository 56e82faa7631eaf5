package dev.entente.participant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Participants over HTTP behind the barrier: real sockets, a real PostgreSQL, both filters. */
class HttpFiltersTest {
    private static final AnswerFormat<String> TEXT = AnswerFormat.text("", text -> text, text -> text);

    private final DataSource database = TestDatabase.schema("http_filters");
    private final Barrier barrier = Barrier.postgres();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpClient client = HttpClient.newHttpClient();
    private HttpServer server;

    @BeforeEach
    void start() throws Exception {
        barrier.createTable(database);
        TestDatabase.execute(database, "create table effect (what text)");
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        serve("/filtered", new BranchHttpFilter());
        serve("/servlet", new ServletBridge(new BranchServletFilter()));
        server.createContext("/bare", answering());
        server.start();
    }

    private void serve(String path, Filter filter) {
        server.createContext(path, answering()).getFilters().add(filter);
    }

    @AfterEach
    void stop() {
        server.stop(0);
        threads.shutdownNow();
    }

    private HttpHandler answering() {
        return exchange -> {
            String requestBody = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            byte[] answer = run(requestBody).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        };
    }

    private String run(String requestBody) throws IOException {
        try {
            return barrier.run(database, TEXT, connection -> done(connection, requestBody));
        } catch (SQLException broken) {
            throw new IOException(broken);
        }
    }

    private static String done(Connection connection, String requestBody) throws SQLException {
        if (requestBody.equals("no")) {
            throw new Rejection("OUT_OF_STOCK", "\"two\" are left");
        }
        if (requestBody.equals("later")) {
            throw new InProgress(Duration.ofSeconds(7), "come back");
        }
        try (var statement = connection.createStatement()) {
            statement.execute("insert into effect values ('done')");
        }
        return "did " + requestBody;
    }

    private HttpResponse<String> call(String path, String body, Map<String, String> headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://" + InetAddress.getLoopbackAddress().getHostAddress() + ":"
                                + server.getAddress().getPort() + path))
                .timeout(Duration.ofSeconds(20))
                .POST(HttpRequest.BodyPublishers.ofString(body));
        headers.forEach(request::header);
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static Map<String, String> branch(String gid) {
        return Map.of("entente-gid", gid, "entente-branch", "reserve", "entente-op", "action", "entente-fence", "1");
    }

    private String effects() throws SQLException {
        return TestDatabase.text(database, "select count(*) from effect");
    }

    @Test
    void a_repeated_request_is_done_once_and_gets_the_first_answer() throws Exception {
        for (String path : new String[] {"/filtered", "/servlet", "/filtered"}) {
            HttpResponse<String> answer = call(path, "this", branch("order-1"));
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("did this");
        }
        assertThat(effects()).isEqualTo("1");
    }

    @Test
    void a_rejection_is_answered_as_a_settled_409_with_its_reason_in_the_body() throws Exception {
        for (String path : new String[] {"/filtered", "/servlet"}) {
            HttpResponse<String> answer = call(path, "no", branch("order-" + path.length()));
            assertThat(answer.statusCode()).isEqualTo(409);
            assertThat(answer.body())
                    .isEqualTo("{\"entente\": {\"reason\": \"REJECTED\", \"code\": \"OUT_OF_STOCK\", \"message\":"
                            + " \"\\\"two\\\" are left\"}}");
            assertThat(answer.headers().firstValue("entente-settled")).contains("true");
            assertThat(answer.headers().firstValue("content-type")).contains("application/json");
        }
    }

    @Test
    void the_message_of_a_rejection_contains_its_code_once() {
        for (String message : new String[] {null, "", " ", "NO_MONEY"}) {
            Rejection bare = new Rejection("NO_MONEY", message).settled();
            assertThat(bare).hasMessage("NO_MONEY");
            assertThat(bare.detail()).isEmpty();
            assertThat(HttpVerdict.of(bare).body()).contains("\"code\": \"NO_MONEY\", \"message\": \"\"}");
        }
        assertThat(new Rejection("NO_MONEY", "NO_MONEY: alice").settled())
                .hasMessage("NO_MONEY: alice")
                .extracting(Rejection::detail)
                .isEqualTo("alice");
        assertThat(new Rejection("NO", "NO ONE")).hasMessage("NO: NO ONE");
    }

    @Test
    void in_progress_is_answered_as_a_503_with_a_retry_after_header() throws Exception {
        for (String path : new String[] {"/filtered", "/servlet"}) {
            HttpResponse<String> answer = call(path, "later", branch("order-1"));
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.body()).contains("IN_PROGRESS");
            assertThat(answer.headers().firstValue("retry-after")).contains("7");
        }
    }

    @Test
    void malformed_headers_get_a_400_and_missing_headers_are_accepted() throws Exception {
        for (String path : new String[] {"/filtered", "/servlet"}) {
            HttpResponse<String> malformed = call(path, "this", Map.of("entente-gid", "order-1"));
            assertThat(malformed.statusCode()).isEqualTo(400);
            assertThat(malformed.body()).contains("must be set together");
            assertThat(call(path, "this", Map.of()).statusCode()).isEqualTo(200);
        }
        assertThat(effects()).isEqualTo("2");
    }

    @Test
    void a_branch_request_without_a_filter_is_not_executed() throws Exception {
        assertThatThrownBy(() -> call("/bare", "this", branch("order-1"))).isInstanceOf(IOException.class);
        assertThat(effects()).isEqualTo("0");
    }

    @Test
    void the_header_reader_returns_the_branch_of_the_headers() {
        Branch read = BranchHeaders.read(Map.of(
                        "entente-gid", "order-1",
                        "entente-branch", "pay/fee",
                        "entente-op", "try",
                        "entente-attempt", "3",
                        "entente-created", "2026-11-20T09:30:00.123Z",
                        "entente-pattern", "tcc")::get)
                .orElseThrow();

        assertThat(read.idempotencyKey()).isEqualTo("order-1/pay/fee/try");
        assertThat(read.attempt()).isEqualTo(3);
        assertThat(read.pattern()).isEqualTo("tcc");
        assertThat(read.created()).isPresent();
        assertThat(BranchHeaders.read(name -> null)).isEmpty();
    }

    /** The part of the servlet API that the filter uses, on the JDK's HTTP server. */
    private static final class ServletBridge extends Filter {
        private final BranchServletFilter filter;

        ServletBridge(BranchServletFilter filter) {
            this.filter = filter;
        }

        @Override
        public String description() {
            return "a servlet filter";
        }

        @Override
        public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
            try {
                filter.doFilter(
                        ServletExchange.request(exchange),
                        ServletExchange.response(exchange),
                        (request, response) -> chain.doFilter(exchange));
            } catch (ServletException failed) {
                throw new IOException(failed);
            } finally {
                // as a container does after its filters
                exchange.close();
            }
        }
    }
}
