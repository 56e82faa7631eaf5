package dev.entente.idempotency;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.idempotency.KeyedRequests.Seen;
import jakarta.servlet.http.Part;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests bodies of requests with keys that real containers parse themselves. */
class KeyedBodiesTest extends KeyedContainers {
    @ParameterizedTest
    @EnumSource
    void a_form_with_a_key_has_the_parameters_of_a_form_without_a_key(ServletContainer container) throws Exception {
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
    void a_form_is_decoded_with_the_declared_encoding(ServletContainer container) throws Exception {
        KeyedRequests requests = in(container, (request, response) -> {
            request.setCharacterEncoding(request.getRequestURI().substring(1));
            response.setContentType("text/plain;charset=UTF-8");
            response.getWriter().write(request.getParameter("to"));
        });
        for (String encoded : List.of("/UTF-8?to=gr%C3%BC%C3%9Ft", "/ISO-8859-1?to=gr%FC%DFt")) {
            String[] request = encoded.split("\\?");
            assertThat(requests.form(key + request[0].length(), request[0], request[1])
                            .body())
                    .isEqualTo("gr\u00c3\u00bc\u00c3\u009ft");
        }
    }

    /** Jetty refuses this number of values before parsing. */
    @Test
    void a_form_with_the_maximum_number_of_values_is_parsed() throws Exception {
        KeyedRequests requests = in(
                ServletContainer.TOMCAT,
                (request, response) -> response.getWriter().print(request.getParameterValues("a").length));
        int many = IdempotencyFilter.MAX_REQUEST_BYTES / 2;
        assertThat(requests.form(key, "/", "a&".repeat(many)).body()).isEqualTo(Integer.toString(many));
    }

    @ParameterizedTest
    @EnumSource
    void a_form_that_is_read_as_bytes_is_unchanged(ServletContainer container) throws Exception {
        KeyedRequests requests = in(
                container,
                (request, response) ->
                        response.getWriter().write(text(request.getInputStream().readAllBytes())));
        assertThat(requests.form(key, "/", "b=%41+x&a").body()).isEqualTo("b=%41+x&a");
    }

    @ParameterizedTest
    @EnumSource
    void a_multipart_request_is_recognized_with_another_boundary(ServletContainer container) throws Exception {
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
    void multipart_requests_behave_as_without_a_key_with_and_without_configuration(ServletContainer container)
            throws Exception {
        Map<String, KeyedRequests.Handler> handlers = new LinkedHashMap<>();
        handlers.put("parts", (request, response) -> {
            for (Part part : request.getParts()) {
                response.getWriter()
                        .write(part.getName() + text(part.getInputStream().readAllBytes()));
            }
            response.getWriter()
                    .write((request.getPart("a") != null)
                            + text(request.getInputStream().readAllBytes()));
        });
        handlers.put("parameters", (request, response) -> {
            request.getParameterMap()
                    .forEach((name, values) -> KeyedRequests.print(response, name + Arrays.asList(values)));
            KeyedRequests.print(response, Arrays.asList(request.getParameterValues("q")) + request.getParameter("a"));
        });
        handlers.put("bytes", (request, response) -> {
            String read = text(request.getInputStream().readAllBytes());
            KeyedRequests.print(response, read.isEmpty() ? "nothing" : read);
        });
        for (Map.Entry<String, KeyedRequests.Handler> each : handlers.entrySet()) {
            KeyedRequests requests = in(container, each.getValue());
            for (String path : List.of("/", ServletContainer.BARE)) {
                for (String type : List.of("form-data; boundary=b", "mixed; boundary=b")) {
                    String name = key + path.length() + type.length() + each.getKey();
                    Seen plain = requests.multipart("", path + "?q=1&a=q", type, "b", "a=5", "q=2");
                    Seen keyed = requests.multipart(name, path + "?q=1&a=q", type, "b", "a=5", "q=2");
                    if (each.getKey().equals("parameters") && type.startsWith("mixed")) {
                        continue;
                    }
                    boolean isParsed =
                            path.equals("/") && (type.startsWith("form") || container == ServletContainer.TOMCAT);
                    if (isParsed && each.getKey().equals("bytes")) {
                        assertThat(keyed.status()).isEqualTo(500);
                    } else if (plain.status() >= 400) {
                        assertThat(keyed.status()).as(name).isGreaterThanOrEqualTo(400);
                    } else {
                        assertThat(keyed.body()).as(name).isEqualTo(plain.body());
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void an_unreadable_form_is_400_when_its_parameters_are_read(ServletContainer container) throws Exception {
        String form = "application/x-www-form-urlencoded";
        List<String[]> requests = List.of(
                new String[] {form, "a=%zz"},
                new String[] {form, "a=1&b=%4"},
                new String[] {form, "a=%ff"},
                new String[] {form + "; charset=bogus", "a=1"});
        for (String[] request : requests) {
            KeyedRequests server = in(container, (servletRequest, response) -> {
                try {
                    KeyedRequests.print(
                            response, servletRequest.getParameterMap().keySet().toString());
                } catch (IllegalStateException once) {
                    KeyedRequests.print(response, String.valueOf(servletRequest.getParameter("a")));
                }
            });
            String name = key + requests.indexOf(request);
            for (int i = 0; i < 2; i++) {
                assertThat(server.post(List.of(name), "/", request[0], request[1])
                                .status())
                        .as(request[1])
                        .isEqualTo(400);
            }
            assertThat(server.ran()).isEqualTo(2);
            server.handler((servletRequest, response) -> KeyedRequests.print(
                    response, text(servletRequest.getInputStream().readAllBytes())));
            assertThat(server.post(List.of(name), "/", request[0], request[1]).body())
                    .isEqualTo(request[1]);
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_body_read_with_two_methods_behaves_as_without_a_key(ServletContainer container) throws Exception {
        Map<String, KeyedRequests.Handler> handlers = new LinkedHashMap<>();
        handlers.put("a stream, then a reader", (request, response) -> {
            request.getInputStream();
            request.getReader();
        });
        handlers.put("a reader, then a stream", (request, response) -> {
            request.getReader();
            request.getInputStream();
        });
        handlers.put("a stream, then parameters", (request, response) -> {
            int first = request.getInputStream().read();
            KeyedRequests.print(response, first + request.getParameter("b") + request.getParameter("q"));
        });
        handlers.put("parameters, then a stream", (request, response) -> {
            String first = request.getParameter("b");
            KeyedRequests.print(response, first + text(request.getInputStream().readAllBytes()));
        });
        handlers.put("an encoding that comes too late", (request, response) -> {
            String first = request.getParameter("b");
            request.setCharacterEncoding("utf-16");
            KeyedRequests.print(response, first + request.getParameter("b"));
        });
        handlers.put("an encoding of the handler's", (request, response) -> {
            request.setCharacterEncoding("utf-16be");
            KeyedRequests.print(
                    response,
                    request.getReader().readLine()
                            + request.getCharacterEncoding().toLowerCase(Locale.ROOT));
        });
        handlers.put("an unknown encoding", (request, response) -> request.setCharacterEncoding("bogus"));
        for (Map.Entry<String, KeyedRequests.Handler> each : handlers.entrySet()) {
            KeyedRequests requests = in(container, each.getValue());
            Seen plain = requests.form("", "/?q=1", "a=1&b=22");
            Seen keyed = requests.form(key + each.getKey().replaceAll("\\W", "-"), "/?q=1", "a=1&b=22");
            assertThat(keyed.status()).as(each.getKey()).isEqualTo(plain.status());
            if (plain.status() < 400) {
                assertThat(keyed.body()).as(each.getKey()).isEqualTo(plain.body());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void parts_larger_than_one_mib_are_413(ServletContainer container) throws Exception {
        KeyedRequests requests = in(container, (request, response) -> {});
        String large = "x".repeat(IdempotencyFilter.MAX_REQUEST_BYTES / 2);
        assertThat(requests.parts(key, "b", "file1=" + large, "file2=" + large, "file3=x")
                        .status())
                .isEqualTo(413);
        assertThat(requests.ran()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void parts_refused_by_the_container_do_not_reach_the_handler(ServletContainer container) throws Exception {
        KeyedRequests requests = in(container, (request, response) -> request.getParts());
        for (String path : List.of("/", "/?q=1")) {
            String large = "file=" + "x".repeat(ServletContainer.LARGEST_PART_BYTES + 1);
            assertThat(requests.multipart(key, path, "form-data; boundary=b", "b", large)
                            .status())
                    .isEqualTo(container == ServletContainer.TOMCAT ? 413 : 400);
            String type = "multipart/form-data; boundary=b";
            String half = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nhalf";
            Seen plain = requests.post(List.of(), path, type, half);
            requests.handler((request, response) -> request.getParts());
            Seen keyed = requests.post(List.of(key), path, type, half);
            assertThat(keyed.status()).isEqualTo(plain.status());
            assertThat(requests.ran()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_body_parsed_by_an_outer_filter_is_identified_by_its_parameters(ServletContainer container) throws Exception {
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
    void a_body_already_read_by_an_outer_filter_is_refused(ServletContainer container) throws Exception {
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
    void a_quoted_key_equals_the_bare_key_and_invalid_keys_are_400(ServletContainer container) throws Exception {
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
