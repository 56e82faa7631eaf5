package dev.entente.idempotency;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.idempotency.KeyedRequests.Handler;
import dev.entente.idempotency.KeyedRequests.Seen;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Compares first, repeated and unkeyed responses in real containers. */
class KeyedAnswersTest extends KeyedContainers {
    @ParameterizedTest
    @EnumSource
    void first_and_repeated_responses_equal_the_response_without_a_key(ServletContainer container) throws Exception {
        Map<String, Handler> handlers = new LinkedHashMap<>();
        handlers.put("type", (request, response) -> {
            response.setContentType("application/json");
            response.getOutputStream().write(bytes("{}"));
        });
        handlers.put("type as a header", (request, response) -> {
            response.addHeader("Content-Type", "text/csv; charset=utf-8");
            response.getWriter().write("gr\u00fc\u00dft");
        });
        handlers.put("type without an encoding", (request, response) -> {
            response.setContentType("text/plain");
            response.getWriter().write("gr\u00fc\u00dft");
        });
        handlers.put("type that has an encoding of its own", (request, response) -> {
            response.setContentType("application/json");
            response.getWriter().write("\"gr\u00fc\u00dft\"");
        });
        handlers.put("an encoding that comes too late", (request, response) -> {
            response.setContentType("text/plain");
            response.getWriter().write("gr\u00fc\u00dft");
            response.setContentType("text/plain;charset=utf-8");
        });
        handlers.put("a wide encoding", (request, response) -> {
            response.setContentType("text/plain;charset=utf-16");
            response.getWriter().write("gr\u00fc\u00dft");
        });
        handlers.put("nothing at all", (request, response) -> {});
        for (int status : new int[] {204, 205, 304, 202, 303}) {
            handlers.put("status " + status, (request, response) -> response.setStatus(status));
        }
        handlers.put("reset", (request, response) -> {
            response.setHeader("x-h", "old");
            response.getWriter().write("old");
            response.reset();
            response.getOutputStream().write(bytes("new"));
        });
        handlers.put("written in parts", (request, response) -> {
            response.getWriter().write("a");
            response.flushBuffer();
            response.getWriter().append('b').flush();
            response.getWriter().close();
        });
        handlers.put("beyond the container's buffer", (request, response) -> {
            response.getOutputStream().write(bytes("x".repeat(100_000)));
        });
        handlers.put("after a redirect", (request, response) -> {
            response.sendRedirect("/there");
            response.getWriter().write(response.isCommitted() + "ignored");
        });
        handlers.put("a head after a flush", (request, response) -> {
            response.getWriter().write("a");
            response.flushBuffer();
            response.setStatus(500);
            response.setHeader("x-h", "1");
            response.addHeader("x-h", "2");
            response.setIntHeader("x-i", 1);
            response.addIntHeader("x-i", 2);
            response.setDateHeader("x-d", 0);
            response.addDateHeader("x-d", 0);
            response.addCookie(new Cookie("c", "v"));
            response.setContentType("text/csv");
            response.getWriter().write("" + response.isCommitted());
        });
        handlers.put("what a flush forbids", (request, response) -> {
            response.getOutputStream().write(bytes("a"));
            response.getOutputStream().flush();
            response.setCharacterEncoding("utf-16");
            for (ResponseCall each : List.<ResponseCall>of(
                    () -> response.sendError(500),
                    () -> response.sendRedirect("/there"),
                    response::reset,
                    response::resetBuffer)) {
                try {
                    each.answer();
                } catch (IllegalStateException committed) {
                    response.getOutputStream().write(bytes("b"));
                }
            }
        });
        handlers.put("a closed writer", (request, response) -> {
            response.getWriter().write("a");
            response.getWriter().close();
            response.getWriter().write("b");
            response.setStatus(500);
        });
        handlers.put("a closed stream", (request, response) -> {
            response.getOutputStream().write(bytes("a"));
            response.getOutputStream().close();
            response.setHeader("x-h", "1");
        });
        handlers.put("a length that is a header", (request, response) -> {
            response.setHeader("Content-Length", "4");
            response.getOutputStream().write(bytes("body"));
        });
        for (Map.Entry<String, Handler> each : handlers.entrySet()) {
            KeyedRequests requests = in(container, each.getValue());
            String name = key + each.getKey().replace(' ', '-');
            Seen plain = requests.post("");
            Seen first = requests.post(name);
            Seen again = requests.post(name);
            assertThat(first).as(each.getKey()).isEqualTo(plain);
            assertThat(KeyedRequests.first(again)).as(each.getKey()).isEqualTo(first);
            assertThat(again.header("idempotency-replayed")).isEqualTo("true");
            assertThat(requests.ran()).as(each.getKey()).isEqualTo(2);
        }
    }

    /** An operation on the response. */
    private interface ResponseCall {
        void answer() throws IOException;
    }

    @ParameterizedTest
    @EnumSource
    void an_outer_filter_may_write_before_and_set_headers_after_the_handler(ServletContainer container)
            throws Exception {
        for (boolean writes : new boolean[] {false, true}) {
            KeyedRequests requests = in(container, (request, response) -> {
                        if (writes) {
                            response.getWriter().write("gr\u00fc\u00dft");
                        } else {
                            response.getOutputStream().write(bytes("{}"));
                        }
                    })
                    .before((request, response) -> {
                        if (writes) {
                            response.setContentType("text/plain;charset=utf-8");
                            response.getWriter().write("> ");
                        }
                    })
                    .after((request, response) -> response.setHeader("x-after", "1"));
            Seen plain = requests.post("");
            assertThat(plain.header("x-after")).isEqualTo("1");
            assertThat(requests.post(key + writes)).isEqualTo(plain);
            assertThat(KeyedRequests.first(requests.post(key + writes))).isEqualTo(plain);
            Seen refused = requests.post(List.of(key + writes), "/", "text/plain", "another");
            assertThat(refused.status()).isEqualTo(422);
            assertThat(refused.header("x-after")).isEqualTo("1");
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_repeated_response_has_the_current_headers_of_outer_filters(ServletContainer container) throws Exception {
        AtomicInteger number = new AtomicInteger();
        KeyedRequests requests = in(container, (request, response) -> {
                    response.addHeader("Vary", "Accept");
                    response.addCookie(new Cookie("handler", "1"));
                    response.setHeader("Cache-Control", "no-store");
                })
                .before((request, response) -> {
                    int now = number.incrementAndGet();
                    response.setHeader("Access-Control-Allow-Origin", "*");
                    response.setHeader("X-Request-Id", "r-" + now);
                    response.addHeader("Vary", "Origin");
                    response.setHeader("Cache-Control", "private");
                    response.addCookie(new Cookie("outer", "o-" + now));
                });
        Seen first = requests.post(key);
        Seen again = requests.post(key);
        assertThat(first.header("set-cookie")).isEqualTo("outer=o-1 & handler=1");
        assertThat(again.header("access-control-allow-origin")).isEqualTo("*");
        assertThat(again.header("x-request-id")).isEqualTo("r-2");
        assertThat(again.header("set-cookie")).isEqualTo("outer=o-2 & handler=1");
        assertThat(again.header("vary")).isEqualTo("Origin & Accept");
        assertThat(again.header("cache-control")).isEqualTo("no-store");
    }

    @ParameterizedTest
    @EnumSource
    void a_refusal_has_the_headers_of_outer_filters_and_none_of_the_handler(ServletContainer container)
            throws Exception {
        KeyedRequests requests = in(container, (request, response) -> {
                    response.setHeader("Location", "/orders/1");
                    response.getOutputStream().write(new byte[IdempotencyKeys.MAX_ANSWER_BYTES + 1]);
                })
                .before((request, response) -> {
                    request.getSession();
                    response.setHeader("Access-Control-Allow-Origin", "*");
                });
        for (int i = 0; i < 2; i++) {
            Seen refused = requests.post(key);
            assertThat(refused.header("set-cookie")).containsOnlyOnce("JSESSIONID");
            assertThat(refused.status()).isEqualTo(409);
            assertThat(refused.header("access-control-allow-origin")).isEqualTo("*");
            assertThat(refused.header("location")).isEmpty();
        }
        assertThat(requests.ran()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void a_failed_request_responds_as_without_a_key_and_runs_again(ServletContainer container) throws Exception {
        Map<String, Handler> handlers = new LinkedHashMap<>();
        handlers.put("no text", (request, response) -> response.sendError(404));
        handlers.put("a text", (request, response) -> response.sendError(409, "sold out"));
        handlers.put("an error of 3xx", (request, response) -> response.sendError(303, "see"));
        handlers.put("after a part of an answer", (request, response) -> {
            response.setContentType("application/json");
            response.getWriter().write("{");
            response.sendError(503, "later");
            response.getWriter().write("ignored");
        });
        handlers.put("a status", (request, response) -> {
            response.setStatus(400);
            response.getWriter().write("bad");
        });
        for (Map.Entry<String, Handler> each : handlers.entrySet()) {
            AtomicInteger served = new AtomicInteger();
            KeyedRequests requests = in(container, (request, response) -> {
                if (request.getDispatcherType() == DispatcherType.REQUEST) {
                    served.incrementAndGet();
                }
                each.getValue().handle(request, response);
            });
            String name = key + each.getKey().replace(' ', '-');
            Seen plain = requests.post("");
            assertThat(requests.post(name)).as(each.getKey()).isEqualTo(plain);
            assertThat(requests.post(name)).as(each.getKey()).isEqualTo(plain);
            assertThat(served).as(each.getKey()).hasValue(3);
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_request_that_throws_after_any_output_is_500_and_runs_again(ServletContainer container) throws Exception {
        for (int written : new int[] {0, 1, IdempotencyKeys.MAX_ANSWER_BYTES + 1}) {
            KeyedRequests requests = in(container, (request, response) -> {
                response.setStatus(201);
                response.getOutputStream().write(new byte[written]);
                response.flushBuffer();
                throw new ServletException("rolled back");
            });
            String name = key + written;
            assertThat(requests.post(name).status()).isEqualTo(500);
            assertThat(requests.post(name).status()).isEqualTo(500);
            assertThat(requests.ran()).isEqualTo(2);
        }
    }

    /** Finds the methods by reflection, so the test includes methods of later API versions. */
    @ParameterizedTest
    @EnumSource
    void each_response_method_behaves_as_without_a_key(ServletContainer container) throws Exception {
        for (Method method : HttpServletResponse.class.getMethods()) {
            if (Modifier.isStatic(method.getModifiers())
                    || method.getName().matches("(get(?!Writer|Output)|is|contains|encode|setTrailer).*")) {
                continue;
            }
            KeyedRequests requests = in(container, (request, response) -> {
                call(method, response);
                if (response instanceof HttpServletResponseWrapper held
                        && !method.getName().equals("sendError")
                        && held.getResponse().isCommitted()) {
                    throw new AssertionError(method + " has sent the answer before it is kept");
                }
                if (method.getReturnType() != ServletOutputStream.class) {
                    response.getWriter().write("body");
                }
            });
            String name = key + Integer.toHexString(method.toString().hashCode());
            Seen plain = requests.post("");
            assertThat(requests.post(name)).as("%s", method).isEqualTo(plain);
            assertThat(KeyedRequests.first(requests.post(name)))
                    .as("%s", method)
                    .isEqualTo(plain);
        }
    }

    private static void call(Method method, HttpServletResponse response) throws IOException {
        Object[] arguments = Arrays.stream(method.getParameterTypes())
                .map(type -> argument(method.getName(), type))
                .toArray();
        if (method.getName().matches("(set|add)(Int|Date)?Header")) {
            arguments[0] = "x-h";
        } else if (method.getName().equals("setCharacterEncoding")) {
            arguments[0] = "utf-8";
        }
        try {
            method.invoke(response, arguments);
        } catch (InvocationTargetException | IllegalAccessException failed) {
            throw new IOException(method.toString(), failed);
        }
    }

    private static Object argument(String method, Class<?> type) {
        return switch (type.getSimpleName()) {
            case "String" -> method.equals("setContentType") ? "text/csv" : "/there";
            case "int" ->
                switch (method) {
                    case "setContentLength" -> 4;
                    case "setBufferSize" -> 4096;
                    case "sendRedirect" -> 303;
                    case "setStatus" -> 201;
                    default -> 410;
                };
            case "long" -> 4L;
            case "boolean" -> true;
            case "Locale" -> Locale.GERMANY;
            case "Cookie" -> new Cookie("c", "v");
            default -> StandardCharsets.UTF_8;
        };
    }

    @ParameterizedTest
    @EnumSource
    void trailers_and_asynchronous_responses_are_refused(ServletContainer container) throws Exception {
        KeyedRequests requests = in(container, (request, response) -> response.setTrailerFields(Map::of));
        assertThat(requests.post(key).status()).isEqualTo(500);
        requests.handler((request, response) -> request.startAsync().start(() -> {}));
        assertThat(requests.post(key).status()).isEqualTo(500);
    }

    @ParameterizedTest
    @EnumSource
    void a_repeated_response_has_the_session_cookie_of_the_first_response(ServletContainer container) throws Exception {
        KeyedRequests requests = in(container, (request, response) -> request.getSession());
        Seen first = requests.post(key);
        assertThat(first.header("set-cookie")).startsWith("JSESSIONID=");
        assertThat(KeyedRequests.first(requests.post(key))).isEqualTo(first);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
