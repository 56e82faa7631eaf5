package dev.entente.idempotency;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.idempotency.KeyedRequests.Seen;
import jakarta.servlet.DispatcherType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Bodies of requests under keys, which containers parse themselves, in real containers. */
class KeyedBodiesTest {
    private static final Map<ServletContainer, KeyedRequests> CONTAINERS = new EnumMap<>(ServletContainer.class);

    private final String key = UUID.randomUUID().toString();

    @BeforeAll
    static void start() throws Exception {
        for (ServletContainer kind : ServletContainer.values()) {
            CONTAINERS.put(kind, new KeyedRequests(kind));
        }
    }

    @AfterAll
    static void stop() throws Exception {
        for (KeyedRequests container : CONTAINERS.values()) {
            container.stop();
        }
    }

    private static KeyedRequests in(ServletContainer container, KeyedRequests.Handler handler) {
        return Objects.requireNonNull(CONTAINERS.get(container)).handler(handler);
    }

    @ParameterizedTest
    @EnumSource
    void a_form_has_its_parameters(ServletContainer container) throws Exception {
        KeyedRequests requests = in(container, (request, response) -> {
            StringBuilder seen = new StringBuilder();
            request.getParameterMap().forEach((name, values) -> seen.append(name + Arrays.asList(values)));
            seen.append(Collections.list(request.getParameterNames()));
            seen.append(request.getParameter("amount"));
            seen.append(Arrays.asList(request.getParameterValues("to")));
            seen.append(request.getParameter("none"));
            response.getWriter().write(seen.toString());
        });
        String form = "amount=5&to=a+b&to=c%26d&flag&empty=&%61=%3d";
        Seen plain = requests.form("", "/?q=1&to=first", form);
        assertThat(plain.body()).contains("5[first, a b, c&d]null");
        assertThat(requests.form(key, "/?q=1&to=first", form)).isEqualTo(plain);
    }

    @ParameterizedTest
    @EnumSource
    void a_form_has_the_encoding_that_is_said(ServletContainer container) throws Exception {
        KeyedRequests requests = in(container, (request, response) -> {
            request.setCharacterEncoding("UTF-8");
            response.setContentType("text/plain;charset=UTF-8");
            response.getWriter().write(request.getParameter("to"));
        });
        Seen plain = requests.form("", "/", "to=gr%C3%BC%C3%9Ft");
        assertThat(requests.form(key, "/", "to=gr%C3%BC%C3%9Ft")).isEqualTo(plain);
    }

    /** Jetty refuses as many before it parses them. */
    @Test
    void a_form_of_as_many_values_as_a_request_takes_is_parsed() throws Exception {
        KeyedRequests requests = in(
                ServletContainer.TOMCAT,
                (request, response) -> response.getWriter().print(request.getParameterValues("a").length));
        int many = IdempotencyFilter.MAX_REQUEST_BYTES / 2;
        assertThat(requests.form(key, "/", "a&".repeat(many)).body()).isEqualTo(Integer.toString(many));
    }

    @ParameterizedTest
    @EnumSource
    void a_form_that_is_read_as_bytes_is_as_it_came(ServletContainer container) throws Exception {
        KeyedRequests requests = in(
                container,
                (request, response) ->
                        response.getWriter().write(text(request.getInputStream().readAllBytes())));
        assertThat(requests.form(key, "/", "b=%41+x&a").body()).isEqualTo("b=%41+x&a");
    }

    @ParameterizedTest
    @EnumSource
    void a_part_reaches_the_handler_and_is_known_again_between_other_boundaries(ServletContainer container)
            throws Exception {
        KeyedRequests requests = in(
                container,
                (request, response) -> response.getWriter()
                        .write(text(request.getPart("amount").getInputStream().readAllBytes())
                                + request.getParameter("amount")
                                + request.getParts().size()));
        assertThat(requests.parts(key, "one", "amount=5", "to=alice").body()).isEqualTo("552");
        assertThat(requests.parts(key, "two", "amount=5", "to=alice").header("idempotency-replayed"))
                .isEqualTo("true");
        assertThat(requests.parts(key, "one", "amount=500", "to=alice").status())
                .isEqualTo(422);
        assertThat(requests.parts(key, "one", "amount=5", "to=alice", "to=bob").status())
                .isEqualTo(422);
        assertThat(requests.ran()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void parts_beyond_a_MiB_are_413(ServletContainer container) throws Exception {
        KeyedRequests requests = in(container, (request, response) -> {});
        String large = "x".repeat(IdempotencyFilter.MAX_REQUEST_BYTES / 2);
        assertThat(requests.parts(key, "b", "file1=" + large, "file2=" + large, "file3=x")
                        .status())
                .isEqualTo(413);
        assertThat(requests.ran()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void what_a_filter_before_has_parsed_is_known_by_its_parameters(ServletContainer container) throws Exception {
        KeyedRequests requests = in(
                        container, (request, response) -> response.getWriter().write(request.getParameter("amount")))
                .before((request, response) -> request.getParameter("_method"));
        assertThat(requests.form(key, "/", "amount=5").body()).isEqualTo("5");
        assertThat(requests.form(key, "/", "amount=5").header("idempotency-replayed"))
                .isEqualTo("true");
        assertThat(requests.form(key, "/", "amount=500").status()).isEqualTo(422);
        assertThat(requests.parts(key + "-p", "b", "amount=5").body()).isEqualTo("5");
        assertThat(requests.parts(key + "-p", "b", "amount=500").status()).isEqualTo(422);
        assertThat(requests.ran()).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource
    void a_body_that_somebody_has_read_before_is_refused(ServletContainer container) throws Exception {
        KeyedRequests requests = in(container, (request, response) -> {})
                .before((request, response) -> request.getInputStream().readAllBytes());
        assertThat(requests.post(key).status()).isEqualTo(500);
        requests.before((request, response) -> request.getReader().readLine());
        assertThat(requests.post(key).status()).isEqualTo(500);
        assertThat(requests.ran()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void a_body_is_read_as_from_the_container(ServletContainer container) throws Exception {
        KeyedRequests requests = in(container, (request, response) -> {
            boolean hasSome = request.getInputStream().available() > 0;
            response.getWriter().write(hasSome + text(request.getInputStream().readNBytes(2)));
        });
        assertThat(requests.post(key).body()).isEqualTo("truehe");
        requests.handler((request, response) -> {
            char[] two = new char[2];
            int length = request.getReader().read(two) + request.getReader().read(two);
            response.getWriter().write(length + new String(two));
        });
        assertThat(requests.post(key + "-r").body()).isEqualTo("4ll");
    }

    @ParameterizedTest
    @EnumSource
    void a_request_that_is_dispatched_on_is_under_its_key_already(ServletContainer container) throws Exception {
        KeyedRequests requests = in(container, (request, response) -> {
            if (request.getRequestURI().equals("/")) {
                request.getRequestDispatcher("/next").forward(request, response);
            } else {
                response.setContentType("application/json");
                response.getOutputStream().write("{}".getBytes(StandardCharsets.UTF_8));
            }
        });
        Seen plain = requests.post("");
        assertThat(plain.body()).isEqualTo("{}");
        assertThat(requests.post(key)).isEqualTo(plain);
        assertThat(KeyedRequests.first(requests.post(key))).isEqualTo(plain);
    }

    @ParameterizedTest
    @EnumSource
    void an_included_answer_and_an_error_page_are_under_its_key_as_well(ServletContainer container) throws Exception {
        KeyedRequests requests = in(container, (request, response) -> {
            if (request.getDispatcherType() != DispatcherType.REQUEST) {
                response.getWriter().write("of " + request.getDispatcherType());
            } else if (request.getRequestURI().equals("/include")) {
                response.getWriter().write("before ");
                request.getRequestDispatcher("/next").include(request, response);
                response.getWriter().write(" after");
            } else {
                response.sendError(ServletContainer.TEAPOT, "no coffee");
            }
        });
        Seen plain = requests.post(List.of(), "/include", "", "");
        assertThat(plain.body()).isEqualTo("before of INCLUDE after");
        assertThat(requests.post(List.of(key), "/include", "", "")).isEqualTo(plain);
        assertThat(KeyedRequests.first(requests.post(List.of(key), "/include", "", "")))
                .isEqualTo(plain);
        Seen page = requests.post("");
        assertThat(page.body()).isEqualTo("of ERROR");
        for (int i = 0; i < 2; i++) {
            assertThat(requests.post(key + "-e")).isEqualTo(page);
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_quoted_key_is_the_bare_one_and_none_but_one_is_400(ServletContainer container) throws Exception {
        KeyedRequests requests = in(container, (request, response) -> {});
        requests.post(key);
        assertThat(requests.post("\"" + key + "\"").header("idempotency-replayed"))
                .isEqualTo("true");
        assertThat(requests.post(List.of(key, key), "/", "", "").status()).isEqualTo(400);
        for (String none : List.of("m1,m2", "\"m1\", \"m2\"", "\"m1", "m1\"", "\"\"", "\"a\\b\"", "two words")) {
            assertThat(requests.post(none).status()).as(none).isEqualTo(400);
        }
        assertThat(requests.ran()).isEqualTo(1);
        requests.post("\"a \\\"b\\\", \\\\c" + key + "\"");
        assertThat(requests.ran()).isEqualTo(2);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
