package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.idempotency.IdempotencyFilter;
import dev.entente.idempotency.IdempotencyKeys;
import dev.entente.idempotency.JdbcKeyStore;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.http.HttpResponse;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.multipart.MultipartFile;
import org.springframework.web.server.ResponseStatusException;

/** Tests requests with keys in a Spring Boot application on its own Tomcat (servlet 6.1). */
final class KeyedRequestsTest {
    private static final AtomicInteger RAN = new AtomicInteger();
    private static ConfigurableApplicationContext application;

    private final String key = UUID.randomUUID().toString();

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Orders.class)
    static class Application {
        @Bean
        IdempotencyFilter keys(DataSource database) throws SQLException {
            JdbcKeyStore store = JdbcKeyStore.postgres(database);
            store.createTable();
            return new IdempotencyFilter(IdempotencyKeys.in(store));
        }
    }

    /**
     * An order as JSON.
     *
     * @param amount the number of pieces
     */
    record Order(int amount) {}

    @RestController
    static class Orders {
        @PostMapping("/json")
        ResponseEntity<Order> json(@RequestBody Order order) {
            return ResponseEntity.status(HttpStatus.CREATED).body(order);
        }

        @PostMapping("/sold-out")
        Order soldOut() {
            throw new ResponseStatusException(HttpStatus.CONFLICT, "sold out");
        }

        @PostMapping("/form")
        String form(@ModelAttribute Order order, @RequestParam String to) {
            return order + " to " + to;
        }

        @PutMapping("/form")
        String put(@ModelAttribute Order order) {
            return order + " put";
        }

        @PostMapping("/raw-form")
        String raw(@RequestBody String body) {
            return body;
        }

        @PostMapping("/parts")
        String parts(@RequestParam MultipartFile file, @RequestParam String to) throws IOException {
            return new String(file.getBytes()) + " to " + to;
        }

        @PostMapping("/forward")
        void forward(HttpServletRequest request, HttpServletResponse response) throws Exception {
            request.getRequestDispatcher("/raw-form").forward(request, response);
        }

        @PostMapping("/redirect")
        void redirect(@RequestParam int form, HttpServletResponse response) throws IOException {
            RAN.incrementAndGet();
            switch (form) {
                case 1 -> response.sendRedirect("http://there.example/");
                case 2 -> response.sendRedirect("http://there.example/", 303);
                case 3 -> response.sendRedirect("http://there.example/", false);
                default -> {
                    response.getWriter().write("see there");
                    response.sendRedirect("http://there.example/", 303, form == 4);
                }
            }
        }
    }

    @BeforeAll
    static void start() {
        application = new SpringApplicationBuilder(Application.class)
                .properties(
                        "server.port=0",
                        "server.address=127.0.0.1",
                        "spring.mvc.hiddenmethod.filter.enabled=true",
                        "spring.servlet.multipart.max-file-size=1KB",
                        "spring.datasource.url=" + TestDatabase.url())
                .run();
    }

    @AfterAll
    static void stop() {
        application.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/sold-out {}", "/json {\"amount\":", "/json not-json", "/nowhere {}"})
    void an_error_has_the_response_of_a_request_without_a_key(String request) throws Exception {
        String[] pathAndBody = request.split(" ", 2);
        String plain = post(pathAndBody[0], "", "application/json", pathAndBody[1]);
        assertThat(plain).contains("\"path\":\"" + pathAndBody[0]).doesNotContain("sold out");
        assertThat(post(pathAndBody[0], key, "application/json", pathAndBody[1]))
                .isEqualTo(plain);
        assertThat(post(pathAndBody[0], key, "application/json", pathAndBody[1]))
                .isEqualTo(plain);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5})
    void a_redirect_is_stored_and_repeated(int form) throws Exception {
        RAN.set(0);
        String plain = post("/redirect?form=" + form, "", "text/plain", "");
        String first = post("/redirect?form=" + form, key, "text/plain", "");
        assertThat(first).isEqualTo(plain).contains("http://there.example/");
        assertThat(post("/redirect?form=" + form, key, "text/plain", "")).isEqualTo("again " + first);
        assertThat(RAN).hasValue(2);
    }

    @Test
    void spring_reads_and_writes_requests_with_keys_as_without_keys() throws Exception {
        String parts = "--b\r\nContent-Disposition: form-data; name=\"to\"\r\n\r\nalice\r\n--b\r\nContent-Disposition:"
                + " form-data; name=\"file\"; filename=\"f\"\r\n\r\n";
        String end = "\r\n--b--\r\n";
        List<String[]> requests = List.of(
                new String[] {"/json", "application/json", "{\"amount\":5}"},
                new String[] {"/form", "application/x-www-form-urlencoded", "amount=5&to=gr%C3%BC%C3%9Ft"},
                new String[] {"/form", "application/x-www-form-urlencoded", "amount=5&_method=put"},
                new String[] {"/raw-form", "application/x-www-form-urlencoded", "amount=5&to=b"},
                new String[] {"/forward", "text/plain", "hello"},
                new String[] {"/parts", "multipart/mixed; boundary=b", parts + "hello" + end},
                new String[] {"/parts", "multipart/form-data; boundary=b", parts + "hello" + end});
        for (String[] request : requests) {
            String name = key + requests.indexOf(request);
            String plain = post(request[0], "", request[1], request[2]);
            assertThat(plain).startsWith("20");
            assertThat(post(request[0], name, request[1], request[2])).isEqualTo(plain);
            assertThat(post(request[0], name, request[1], request[2])).isEqualTo("again " + plain);
            assertThat(post(request[0], name, request[1], request[2].replaceAll("5|hello", "6")))
                    .startsWith("422");
        }
        String large = parts + "x".repeat(2000) + end;
        String plain = post("/parts", "", "multipart/form-data; boundary=b", large);
        assertThat(plain).startsWith("413");
        assertThat(post("/parts", key + "large", "multipart/form-data; boundary=b", large))
                .isEqualTo(plain);
    }

    /** The methods that send nothing and set no part of the response outside its headers. */
    private static final List<String> PASSED = List.of(
            "containsHeader",
            "encodeRedirectURL",
            "encodeURL",
            "getBufferSize",
            "getCharacterEncoding",
            "getContentType",
            "getHeader",
            "getHeaderNames",
            "getHeaders",
            "getLocale",
            "getStatus",
            "getTrailerFields",
            "setBufferSize");

    @Test
    void each_other_response_method_is_overridden_by_held_response() throws Exception {
        Class<?> held = Class.forName("dev.entente.http.BufferedHttpResponse");
        List<Method> methods = Arrays.stream(HttpServletResponse.class.getMethods())
                .filter(method -> !Modifier.isStatic(method.getModifiers()))
                .filter(method -> !PASSED.contains(method.getName()))
                .toList();
        assertThat(methods)
                .hasSizeGreaterThan(15)
                .allSatisfy(method -> assertThat(held.getMethod(method.getName(), method.getParameterTypes())
                                .getDeclaringClass())
                        .isEqualTo(held));
    }

    private String post(String path, String name, String type, String body) {
        String[] sent = {"Content-Type", type, "Idempotency-Key", name};
        HttpResponse<String> answer =
                TestRequests.send(application, "POST", path, body, name.isEmpty() ? Arrays.copyOf(sent, 2) : sent);
        Map<String, List<String>> headers = new TreeMap<>(answer.headers().map());
        headers.keySet().removeAll(List.of("connection", "content-length", "date", "keep-alive", "transfer-encoding"));
        boolean isAgain = headers.remove("idempotency-replayed") != null;
        String text = answer.body().replaceAll("\"timestamp\":\"[^\"]*\"", "");
        return (isAgain ? "again " : "") + answer.statusCode() + headers + text;
    }
}
