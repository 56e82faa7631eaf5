package dev.entente.idempotency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.participant.TestDatabase;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests requests with idempotency keys, with a real servlet container and a real database. */
class IdempotencyFilterTest {
    private final DataSource database = TestDatabase.schema("idempotent_requests");
    private final JdbcKeyStore store =
            TestDatabase.isMariadb() ? JdbcKeyStore.mariadb(database) : JdbcKeyStore.postgres(database);
    private final HttpClient client = HttpClient.newHttpClient();
    private final AtomicInteger ran = new AtomicInteger();
    private final CountDownLatch arrived = new CountDownLatch(1);
    private volatile CountDownLatch goOn = new CountDownLatch(0);
    private ServletContainer.Running container;

    @BeforeEach
    void start() throws Exception {
        store.createTable();
        IdempotencyKeys keys = IdempotencyKeys.in(store);
        Map<String, Filter> filters = Map.of(
                "/orders", new IdempotencyFilter(keys),
                "/strict", new IdempotencyFilter(keys.required()),
                "/hasty", new IdempotencyFilter(keys.longestRun(Duration.ofSeconds(1))));
        Filter byPath = (request, response, chain) -> Objects.requireNonNull(
                        filters.get(((HttpServletRequest) request).getRequestURI()))
                .doFilter(request, response, chain);
        container = ServletContainer.JETTY.start(new Orders(), List.of(byPath));
    }

    @AfterEach
    void stop() throws Exception {
        container.end().stop();
    }

    /** Responds with the request body and the number of runs. */
    private final class Orders extends HttpServlet {
        private static final long serialVersionUID = 1;

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            String requestBody = new String(request.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int number = ran.incrementAndGet();
            CountDownLatch latch = goOn;
            arrived.countDown();
            try {
                latch.await();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
            if (requestBody.startsWith("fail")) {
                response.sendError(Integer.parseInt(requestBody.substring(5)), "no");
                return;
            }
            if (requestBody.equals("large text")) {
                response.getWriter().write("x".repeat(IdempotencyKeys.MAX_ANSWER_BYTES + 1));
                return;
            }
            if (requestBody.equals("large bytes")) {
                response.getOutputStream().write(new byte[IdempotencyKeys.MAX_ANSWER_BYTES + 1]);
                return;
            }
            if (requestBody.equals("largest")) {
                response.getOutputStream().write(new byte[IdempotencyKeys.MAX_ANSWER_BYTES]);
                return;
            }
            if (requestBody.equals("throw")) {
                throw new IOException("a defect");
            }
            response.setStatus(201);
            response.addHeader("location", "/orders/" + number);
            response.addHeader("x-many", "a");
            response.addHeader("x-many", "b");
            response.setContentType("text/plain;charset=utf-8");
            response.getWriter().write(requestBody + " gr\u00fc\u00dft " + number);
        }
    }

    @Test
    void a_repeated_request_gets_the_complete_first_response_and_does_not_run() throws Exception {
        HttpResponse<String> first = post("/orders", "k-1", "buy");
        HttpResponse<String> again = post("/orders", "k-1", "buy");

        assertThat(first.statusCode()).isEqualTo(201);
        assertThat(first.body()).isEqualTo("buy gr\u00fc\u00dft 1");
        assertThat(first.headers().firstValue("idempotency-replayed")).isEmpty();
        assertThat(again.statusCode()).isEqualTo(201);
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(again.headers().firstValue("location")).contains("/orders/1");
        assertThat(again.headers().allValues("x-many")).containsExactly("a", "b");
        assertThat(again.headers().firstValue("content-type"))
                .isEqualTo(first.headers().firstValue("content-type"));
        assertThat(again.headers().firstValue("idempotency-replayed")).contains("true");
        assertThat(ran).hasValue(1);
    }

    @Test
    void another_body_query_or_path_with_the_same_key_is_422() throws Exception {
        post("/orders", "k-1", "buy");
        assertThat(post("/orders", "k-1", "sell").statusCode()).isEqualTo(422);
        assertThat(post("/orders?now", "k-1", "buy").statusCode()).isEqualTo(422);
        assertThat(post("/strict", "k-1", "buy").statusCode()).isEqualTo(422);
        assertThat(ran).hasValue(1);
    }

    @Test
    void a_missing_key_is_accepted_where_optional_and_400_where_required() throws Exception {
        assertThat(post("/orders", "", "buy").statusCode()).isEqualTo(201);
        HttpResponse<String> missing = post("/strict", "", "buy");
        assertThat(missing.statusCode()).isEqualTo(400);
        assertThat(missing.headers().firstValue("content-type")).contains("application/problem+json");
        assertThat(missing.body()).contains("\"status\":400", "Idempotency-Key is missing");
        assertThat(post("/strict", "two words", "buy").statusCode()).isEqualTo(400);
        assertThat(ran).hasValue(1);
    }

    @Test
    void a_repeated_request_is_409_while_the_first_request_runs() throws Exception {
        goOn = new CountDownLatch(1);
        CompletableFuture<HttpResponse<String>> first =
                client.sendAsync(request("/orders", "k-1", "buy"), HttpResponse.BodyHandlers.ofString());
        arrived.await();
        assertThat(post("/orders", "k-1", "buy").statusCode()).isEqualTo(409);
        goOn.countDown();
        assertThat(first.get().statusCode()).isEqualTo(201);
        assertThat(post("/orders", "k-1", "buy").body()).isEqualTo(first.get().body());
    }

    @Test
    void a_failed_request_frees_its_key() throws Exception {
        for (String failing : new String[] {"fail 400", "fail 503"}) {
            assertThat(post("/orders", "k-1", failing).statusCode()).isEqualTo(Integer.parseInt(failing.substring(5)));
        }
        assertThat(post("/orders", "k-1", "throw").statusCode()).isEqualTo(500);
        assertThat(post("/orders", "k-1", "buy").statusCode()).isEqualTo(201);
        assertThat(ran).hasValue(4);
    }

    @Test
    void a_get_request_needs_no_key() throws Exception {
        HttpRequest get = HttpRequest.newBuilder(uri("/strict")).GET().build();
        client.send(get, HttpResponse.BodyHandlers.ofString());
        client.send(get, HttpResponse.BodyHandlers.ofString());
        assertThat(ran).hasValue(2);
    }

    @Test
    void a_request_larger_than_one_mib_is_413() throws Exception {
        assertThat(post("/orders", "k-1", "x".repeat(IdempotencyFilter.MAX_REQUEST_BYTES + 1))
                        .statusCode())
                .isEqualTo(413);
        assertThat(post("/orders", "k-1", "x".repeat(IdempotencyFilter.MAX_REQUEST_BYTES))
                        .statusCode())
                .isEqualTo(201);
    }

    @Test
    void a_response_too_large_to_store_is_409_and_the_request_runs_once() throws Exception {
        for (String large : new String[] {"large text", "large bytes"}) {
            ran.set(0);
            for (int i = 0; i < 2; i++) {
                HttpResponse<String> answer = post("/orders", large.replace(' ', '-'), large);
                assertThat(answer.statusCode()).isEqualTo(409);
                assertThat(answer.body()).contains("was done");
            }
            assertThat(ran).hasValue(1);
        }
        for (int i = 0; i < 2; i++) {
            assertThat(post("/orders", "k-1", "largest").body()).hasSize(IdempotencyKeys.MAX_ANSWER_BYTES);
        }
        assertThat(ran).hasValue(2);
    }

    @Test
    void a_response_too_late_to_store_is_not_returned() throws Exception {
        goOn = new CountDownLatch(1);
        CompletableFuture<HttpResponse<String>> first =
                client.sendAsync(request("/hasty", "k-1", "buy"), HttpResponse.BodyHandlers.ofString());
        arrived.await();
        CountDownLatch ofFirst = goOn;
        goOn = new CountDownLatch(0);
        await().until(() -> post("/hasty", "k-1", "buy").statusCode() == 201);
        ofFirst.countDown();
        assertThat(first.get().statusCode()).isEqualTo(503);
        assertThat(first.get().headers().firstValue("location")).isEmpty();
        assertThat(post("/hasty", "k-1", "buy").body()).isEqualTo("buy gr\u00fc\u00dft 2");
    }

    @Test
    void no_request_runs_while_the_store_fails() throws Exception {
        TestDatabase.execute(database, "alter table entente_idempotency drop column answer");
        assertThat(post("/orders", "k-1", "buy").statusCode()).isEqualTo(503);
        TestDatabase.execute(database, "drop table entente_idempotency");
        assertThat(post("/orders", "k-1", "buy").statusCode()).isEqualTo(500);
        assertThat(ran).hasValue(0);
    }

    private HttpResponse<String> post(String path, String key, String body) throws Exception {
        return client.send(request(path, key, body), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest request(String path, String key, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path)).POST(HttpRequest.BodyPublishers.ofString(body));
        return key.isEmpty()
                ? request.build()
                : request.header("Idempotency-Key", key).build();
    }

    private URI uri(String path) {
        return URI.create(container.uri().resolve(path).toString());
    }
}
