package dev.entente.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.telemetry.LogLines;
import dev.entente.server.telemetry.Metrics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Unauthenticated clients on the HTTP port, next to probes and scrapers that are always answered. */
final class HttpPortTest {
    private static final String HALF_A_HEAD = "GET /metrics HTTP/1.1\r\nHost: a\r\nX-Slow: ";
    private static final int SLOW_READERS = 300;

    @RegisterExtension
    private final LogLines lines = new LogLines(RefusedRequests.class);

    private final Metrics metrics = Metrics.withoutJvm();
    private final List<StrangerSocket> strangers = new ArrayList<>();
    private HttpPort port;

    @BeforeEach
    void open() throws IOException {
        port = HttpPort.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), null, null, metrics);
        port.ready(() -> true);
    }

    @AfterEach
    void close() throws IOException {
        for (StrangerSocket stranger : strangers) {
            stranger.close();
        }
        port.stop();
    }

    private StrangerSocket stranger() throws IOException {
        StrangerSocket stranger = StrangerSocket.connect(port.port());
        strangers.add(stranger);
        return stranger;
    }

    private String asked(String head) throws IOException {
        try (StrangerSocket socket = StrangerSocket.connect(port.port())) {
            return socket.send(head).untilEnd();
        }
    }

    private String page(String path) throws IOException {
        return asked("GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    }

    private void assertServes() throws IOException {
        assertThat(page("/livez")).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\nalive\n");
        assertThat(page("/readyz")).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\nready\n");
        assertThat(page("/metrics")).startsWith("HTTP/1.1 200 ").contains("entente_http_requests_total");
    }

    private double refused(RefusedRequests.Reason why) {
        return shown("entente_http_port_refused_total\\{why=\"" + why.label() + "\"}");
    }

    private double shown(String series) {
        Matcher line = Pattern.compile("(?m)^" + series + " (.*)$").matcher(metrics.exposition());
        return line.find() ? Double.parseDouble(line.group(1)) : -1;
    }

    @Test
    void silent_connections_and_incomplete_heads_block_no_other_client() throws IOException {
        for (int i = 0; i < 350; i++) {
            stranger();
            stranger().send(HALF_A_HEAD);
        }
        for (int i = 0; i < 20; i++) {
            assertServes();
        }
        assertThat(shown("entente_http_port_connections")).isGreaterThanOrEqualTo(700);
    }

    @Test
    void slow_readers_block_no_other_client() throws IOException {
        for (int i = 0; i < SLOW_READERS; i++) {
            StrangerSocket reader = StrangerSocket.connect(port.port(), 1024);
            strangers.add(reader);
            reader.send("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n".repeat(20));
        }
        assertServes();
    }

    @Test
    void a_head_beyond_its_limit_is_refused() throws IOException {
        assertThat(asked("GET /livez HTTP/1.1\r\nHost: a\r\nX-Large: " + "z".repeat(33_000) + "\r\n\r\n"))
                .startsWith("HTTP/1.1 431 ");
        assertThat(asked("GET /" + "z".repeat(33_000) + " HTTP/1.1\r\nHost: a\r\n\r\n"))
                .startsWith("HTTP/1.1 414 ");
        assertThat(refused(RefusedRequests.Reason.TOO_LARGE)).isEqualTo(2);
        assertServes();
    }

    @Test
    void a_body_is_refused_before_it_is_read() throws IOException {
        String large = "Content-Length: 1000000000\r\n\r\n";
        assertThat(asked("GET /livez HTTP/1.1\r\nHost: a\r\n" + large)).startsWith("HTTP/1.1 413 ");
        assertThat(asked("POST /metrics HTTP/1.1\r\nHost: a\r\n" + large)).startsWith("HTTP/1.1 405 ");
        assertThat(asked("POST /else HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n"))
                .startsWith("HTTP/1.1 404 ");
        assertThat(refused(RefusedRequests.Reason.BODY)).isEqualTo(3);
        assertServes();
    }

    @Test
    void bytes_that_are_not_a_request_are_refused_without_an_echo() throws IOException {
        for (int i = 0; i < 100; i++) {
            assertThat(asked("GET /%ZZ<b> HTTP/1.1\r\nHost: a\r\n\r\n"))
                    .startsWith("HTTP/1.1 400 ")
                    .doesNotContain("<b>", "Jetty", "jetty");
        }
        assertThat(refused(RefusedRequests.Reason.MALFORMED)).isEqualTo(100);
        assertThat(lines.reported()).singleElement().asString().contains("bytes that are not a request");
        assertServes();
    }

    @Test
    void the_idle_timeout_of_a_connection_is_announced() throws IOException {
        String twice =
                "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n" + "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        assertThat(asked(twice).split("HTTP/1.1 404 ", -1))
                .satisfiesExactly(
                        kept -> assertThat(kept).contains("Keep-Alive: timeout=115\r\n"),
                        last -> assertThat(last).doesNotContain("Keep-Alive"));
        assertThat(asked("POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n"))
                .contains("Connection: close\r\n")
                .doesNotContain("Keep-Alive");
        assertThat(asked("GET /livez HTTP/1.0\r\n\r\n")).doesNotContain("Keep-Alive");
    }

    @Test
    void pages_have_the_status_and_type_that_probes_and_scrapers_expect() throws IOException {
        assertThat(page("/livez/below")).startsWith("HTTP/1.1 404 ").endsWith("not found\n");
        assertThat(page("/else")).startsWith("HTTP/1.1 404 ");
        assertThat(page("/metrics")).contains("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n");
        assertThat(asked("HEAD /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200 ")
                .contains("Content-Length: 6\r\n")
                .endsWith("\r\n\r\n");
        port.ready(() -> false);
        assertThat(page("/readyz")).startsWith("HTTP/1.1 503 ").endsWith("not ready\n");
    }
}
