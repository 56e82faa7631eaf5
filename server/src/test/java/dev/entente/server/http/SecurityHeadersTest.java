package dev.entente.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.api.connect.ConnectCalls;
import dev.entente.server.telemetry.Metrics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Security headers in every response of the port, against framing, scripts, content sniffing and caching. */
final class SecurityHeadersTest {
    private static final String CALL = "/entente.v1.TransactionService/GetTransaction";

    private HttpPort port;

    @BeforeEach
    void open() throws IOException {
        RequestFilter filter = new RequestFilter(List.of(), _ -> false, "", false, false, ConnectCalls::refusal);
        port = HttpPort.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), null, filter, Metrics.withoutJvm());
    }

    @AfterEach
    void close() {
        port.stop();
    }

    /** A website with one page, one file, one form, one stream and many defects. */
    private static final class Pages implements FormlessWebsite {
        @Override
        public String methods(String path) {
            return switch (path) {
                case "/form" -> "GET, HEAD, POST";
                case "/out" -> "POST";
                case "/none" -> "";
                default -> "GET, HEAD";
            };
        }

        @Override
        public int mostFormBytes(String path) {
            return 100;
        }

        @Override
        public WebResponse answer(WebRequest request) {
            return switch (request.path()) {
                case "/" -> WebResponse.of(200, "text/html", Map.of(), "<p>a page");
                case "/file" -> WebResponse.of(200, "text/css", Map.of("Cache-Control", "public"), "");
                default -> throw new IllegalStateException("a defect");
            };
        }

        @Override
        public EventFeed events(WebRequest request) {
            return () -> new EventFeed.Event("again", "1", true);
        }
    }

    private String asked(String request) throws IOException {
        try (StrangerSocket socket = StrangerSocket.connect(port.port())) {
            return socket.send(request + "\r\nConnection: close\r\n\r\n").untilEnd();
        }
    }

    private static void assertSafe(String answer, String status) {
        assertThat(answer)
                .startsWith("HTTP/1.1 " + status + " ")
                .contains(
                        "Content-Security-Policy: default-src 'none'; ",
                        "frame-ancestors 'none'",
                        "X-Content-Type-Options: nosniff\r\n",
                        "Referrer-Policy: same-origin\r\n",
                        "Cache-Control: ");
    }

    @ParameterizedTest
    @CsvSource({
        "200, GET /livez HTTP/1.1, a",
        "200, GET /metrics HTTP/1.1, a",
        "200, GET / HTTP/1.1, localhost",
        "200, GET /file HTTP/1.1, localhost",
        "500, GET /defect HTTP/1.1, localhost",
        "500, POST " + CALL + " HTTP/1.1, localhost",
        "400, GET /%ZZ HTTP/1.1, localhost",
        "400, GET /livez;a=b HTTP/1.1, localhost",
        "400, GET " + CALL + ";a=b HTTP/1.1, localhost",
        "400, GET /file;a=b HTTP/1.1, localhost",
        "400, GET /x/../file HTTP/1.1, localhost",
        "400, GET /fil%65 HTTP/1.1, localhost",
        "400, nonsense, localhost",
        "505, GET / HTTP/2.0, localhost",
        "505, GET / HTTP/9.9, localhost",
        "421, GET / HTTP/1.1, evil.example",
        "421, POST " + CALL + " HTTP/1.1, evil.example",
        "405, PUT / HTTP/1.1, localhost",
        "405, OPTIONS * HTTP/1.1, localhost"
    })
    void every_response_has_security_headers(String status, String line, String host) throws IOException {
        port.show(new Pages());
        port.serve((_, _, _) -> {
            throw new IllegalStateException("a defect");
        });
        assertSafe(asked(line + "\r\nHost: " + host), status);
    }

    @Test
    void refusals_of_large_or_foreign_requests_and_streams_have_security_headers() throws IOException {
        port.show(new Pages());
        assertSafe(asked("GET /" + "z".repeat(33_000) + " HTTP/1.1\r\nHost: localhost"), "414");
        assertSafe(asked("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + "z".repeat(33_000)), "431");
        assertSafe(asked("GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10"), "413");
        assertSafe(asked("GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example"), "403");
        assertSafe(asked("GET /live HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream"), "200");
        assertThat(asked("GET /file HTTP/1.1\r\nHost: localhost")).contains("Cache-Control: public\r\n");
    }

    @Test
    void a_405_lists_the_allowed_methods() throws IOException {
        port.show(new Pages());
        for (String path : List.of("/livez", "/metrics", "/", "/file")) {
            assertThat(asked("DELETE " + path + " HTTP/1.1\r\nHost: localhost"))
                    .startsWith("HTTP/1.1 405 ")
                    .contains("\r\nAllow: GET, HEAD\r\n")
                    .endsWith("GET, HEAD only\n");
        }
        String form = " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n";
        assertThat(asked("POST /file" + form + "Content-Length: 0")).contains("HTTP/1.1 405 ", "Allow: GET, HEAD\r\n");
        assertThat(asked("PUT /form" + form + "Content-Length: 0"))
                .contains("HTTP/1.1 405 ", "Allow: GET, HEAD, POST\r\n");
        for (String method : List.of("GET", "HEAD", "PUT")) {
            assertThat(asked(method + " /out HTTP/1.1\r\nHost: localhost"))
                    .contains("HTTP/1.1 405 ", "\r\nAllow: POST\r\n");
        }
        assertThat(asked("POST /none" + form + "Content-Length: 0")).startsWith("HTTP/1.1 404 ");
    }

    @Test
    void an_invalid_form_is_refused_with_its_status() throws IOException {
        port.show(new Pages());
        String form = "POST /form HTTP/1.1\r\nHost: localhost\r\nContent-Type: ";
        String type = "application/x-www-form-urlencoded";
        for (String other : List.of("application/json", type + "ed", type + "; charset=latin1")) {
            assertThat(asked(form + other + "\r\nContent-Length: 0")).startsWith("HTTP/1.1 415 ");
        }
        assertThat(asked(form + type + "; Charset=UTF-8")).startsWith("HTTP/1.1 411 ");
        assertThat(asked(form + type + "\r\nTransfer-Encoding: chunked")).startsWith("HTTP/1.1 411 ");
        try (StrangerSocket half = StrangerSocket.connect(port.port())) {
            half.sendLast(form + type + "\r\nContent-Length: 9\r\n\r\na=b");
            assertThat(half.untilEnd()).startsWith("HTTP/1.1 408 ").contains("Connection: close");
        }
    }

    @Test
    void during_startup_pages_and_calls_are_unavailable_and_retryable() throws IOException {
        for (String path : List.of("/", "/transactions", CALL)) {
            String answer = asked("GET " + path + " HTTP/1.1\r\nHost: localhost");
            assertSafe(answer, "503");
            assertThat(answer).contains("ENT-051: this coordinator is starting");
            assertThat(answer.matches("(?s).*\r\nRefresh: [3-7]\r\n.*")).isEqualTo(!path.equals(CALL));
        }
        assertThat(asked("GET " + CALL + " HTTP/1.1\r\nHost: localhost"))
                .contains("\"code\":\"unavailable\"", "\"reason\":\"ENT-051\"", "google.rpc.RetryInfo");
        port.ready(() -> true);
        assertSafe(asked("GET / HTTP/1.1\r\nHost: localhost"), "404");
    }
}
