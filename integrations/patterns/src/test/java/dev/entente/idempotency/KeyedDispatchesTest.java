package dev.entente.idempotency;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.idempotency.KeyedRequests.Seen;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.Cookie;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests forwards and includes of requests with keys, in real containers. */
class KeyedDispatchesTest extends KeyedContainers {
    @ParameterizedTest
    @EnumSource
    void a_forwarded_request_with_a_key_responds_as_without_a_key(ServletContainer container) throws Exception {
        KeyedRequests requests = in(container, (request, response) -> {
            if (request.getRequestURI().equals("/")) {
                request.getRequestDispatcher("/next").forward(request, response);
                response.setHeader("x-late", "1");
            } else if (request.getHeader("Content-Type").equals("text/csv")) {
                KeyedRequests.print(response, "a,b");
            } else {
                response.setContentType("application/json");
                response.getOutputStream().write("{}".getBytes(StandardCharsets.UTF_8));
            }
        });
        for (String type : List.of("text/plain", "text/csv")) {
            Seen plain = requests.post(List.of(), "/", type, "hello");
            assertThat(plain.body()).isEqualTo(type.equals("text/csv") ? "a,b" : "{}");
            assertThat(plain.header("x-late")).isEmpty();
            List<String> keys = List.of(key + type.length());
            assertThat(requests.post(keys, "/", type, "hello")).isEqualTo(plain);
            assertThat(KeyedRequests.first(requests.post(keys, "/", type, "hello")))
                    .isEqualTo(plain);
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_dispatch_lists_the_parameters_of_its_query_first(ServletContainer container) throws Exception {
        KeyedRequests requests = in(container, (request, response) -> {
            String all = request.getParameter("to") + Arrays.asList(request.getParameterValues("a"));
            if (request.getDispatcherType() != DispatcherType.REQUEST) {
                KeyedRequests.print(response, all + new TreeSet<>(Collections.list(request.getParameterNames())));
            } else if (request.getRequestURI().equals("/include")) {
                request.getRequestDispatcher("/next?a=new&b=1").include(request, response);
                KeyedRequests.print(
                        response, new TreeSet<>(request.getParameterMap().keySet()) + all);
            } else {
                request.getRequestDispatcher("/next?a=new&b=1").forward(request, response);
            }
        });
        for (String path : List.of("/forward", "/include")) {
            Seen plain = requests.form("", path + "?a=query", "to=bob&a=body");
            assertThat(plain.body()).contains("[new, query, body]");
            assertThat(requests.form(key + path.substring(1), path + "?a=query", "to=bob&a=body"))
                    .isEqualTo(plain);
        }
    }

    /** Tomcat places an include's response below the responses of filters. */
    @ParameterizedTest
    @EnumSource
    void an_include_neither_sets_headers_nor_completes_the_response(ServletContainer container) throws Exception {
        Map<String, KeyedRequests.Handler> included = new LinkedHashMap<>();
        included.put("an error", (request, response) -> response.sendError(500));
        included.put("a redirect", (request, response) -> response.sendRedirect("/there"));
        included.put("a reset", (request, response) -> response.reset());
        included.put("a head", (request, response) -> {
            response.setStatus(500);
            response.setHeader("x-h", "1");
            response.addCookie(new Cookie("c", "v"));
        });
        for (Map.Entry<String, KeyedRequests.Handler> each : included.entrySet()) {
            KeyedRequests requests = in(container, (request, response) -> {
                if (request.getDispatcherType() == DispatcherType.INCLUDE) {
                    each.getValue().handle(request, response);
                } else {
                    KeyedRequests.print(response, "before");
                    request.getRequestDispatcher("/next").include(request, response);
                    KeyedRequests.print(response, "after");
                }
            });
            Seen plain = requests.post("");
            Seen keyed = requests.post(key + each.getKey().replace(' ', '-'));
            assertThat(keyed).as(each.getKey()).isEqualTo(plain);
        }
    }

    @ParameterizedTest
    @EnumSource
    void an_include_and_an_error_page_respond_as_without_a_key(ServletContainer container) throws Exception {
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
}
