package dev.entente.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.entente.server.Certificate;
import dev.entente.server.api.access.Tls;
import dev.entente.server.api.access.TlsFiles;
import dev.entente.server.api.connect.ConnectCalls;
import dev.entente.server.telemetry.Metrics;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The HTTP port with TLS: browsers, probes and unauthenticated clients. */
final class EncryptedHttpPortTest {
    @TempDir
    static Path folder;

    private static Certificate certificate;
    private static Certificate renewed;
    private static SSLContext both;
    private static SSLContext onlyRenewed;

    @TempDir
    Path shown;

    private final Metrics metrics = Metrics.withoutJvm();
    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
    private Path chain;
    private Path key;
    private HttpPort port;

    @BeforeAll
    static void make() throws Exception {
        certificate = Certificate.selfSigned(folder, "coordinator");
        renewed = Certificate.selfSigned(folder, "renewed");
        both = Certificate.trusting(List.of(certificate, renewed));
        onlyRenewed = Certificate.trusting(List.of(renewed));
    }

    @BeforeEach
    void open() throws IOException {
        chain = Files.copy(certificate.chain(), shown.resolve("chain.pem"));
        key = Files.copy(certificate.key(), shown.resolve("key.pem"));
        SSLContext tls = new TlsFiles(new Tls(chain, key, null, null), scheduler, metrics).http();
        port = HttpPort.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), tls, null, metrics);
        port.ready(() -> true);
    }

    @AfterEach
    void close() {
        port.stop();
        scheduler.shutdownNow();
    }

    private HttpClient client(HttpClient.Version version, String protocol) {
        SSLParameters parameters = new SSLParameters();
        parameters.setProtocols(new String[] {protocol});
        return HttpClient.newBuilder()
                .version(version)
                .sslContext(both)
                .sslParameters(parameters)
                .build();
    }

    private HttpRequest request(String path) {
        return HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + port.port() + path))
                .build();
    }

    private void answers(HttpClient.Version version, String protocol) throws Exception {
        try (HttpClient client = client(version, protocol)) {
            HttpResponse<String> answer = client.send(request("/livez"), HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("alive\n");
            assertThat(answer.version()).isEqualTo(version);
            assertThat(answer.headers().firstValue("Keep-Alive").isPresent())
                    .isEqualTo(version == HttpClient.Version.HTTP_1_1);
            assertThat(answer.sslSession().orElseThrow().getProtocol()).isEqualTo(protocol);
        }
    }

    @Test
    void each_client_gets_its_requested_http_and_tls_version() throws Exception {
        answers(HttpClient.Version.HTTP_2, "TLSv1.3");
        answers(HttpClient.Version.HTTP_2, "TLSv1.2");
        answers(HttpClient.Version.HTTP_1_1, "TLSv1.3");
        answers(HttpClient.Version.HTTP_1_1, "TLSv1.2");
    }

    @Test
    void a_version_of_TLS_before_1_2_is_refused() {
        try (HttpClient client = client(HttpClient.Version.HTTP_1_1, "TLSv1.1")) {
            assertThatThrownBy(() -> client.send(request("/livez"), HttpResponse.BodyHandlers.ofString()))
                    .isInstanceOf(SSLException.class);
        }
    }

    @Test
    void connections_without_a_handshake_block_no_other_client() throws Exception {
        List<StrangerSocket> strangers = new ArrayList<>();
        try {
            for (int i = 0; i < 300; i++) {
                StrangerSocket stranger = StrangerSocket.connect(port.port());
                strangers.add(i % 2 == 0 ? stranger : stranger.send("\u0016\u0003\u0001"));
            }
            answers(HttpClient.Version.HTTP_2, "TLSv1.3");
        } finally {
            for (StrangerSocket stranger : strangers) {
                stranger.close();
            }
        }
    }

    @Test
    void plain_http_gets_no_page() throws Exception {
        try (StrangerSocket plain = StrangerSocket.connect(port.port())) {
            assertThat(plain.send("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n").untilEnd())
                    .doesNotContain("alive");
        }
        answers(HttpClient.Version.HTTP_1_1, "TLSv1.3");
    }

    @Test
    void a_body_over_http_2_is_refused() throws Exception {
        try (HttpClient client = client(HttpClient.Version.HTTP_2, "TLSv1.3")) {
            HttpRequest large = HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + port.port() + "/livez"))
                    .method("GET", HttpRequest.BodyPublishers.ofString("z".repeat(1000)))
                    .build();
            HttpResponse<String> answer = client.send(large, HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(413);
        }
    }

    @ParameterizedTest
    @CsvSource({"HTTP_1_1, 5, 200", "HTTP_2, 5, 200", "HTTP_1_1, 7, 431"})
    void cookies_have_32_KiB(HttpClient.Version version, int count, int status) throws Exception {
        try (HttpClient client = client(version, "TLSv1.3")) {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + port.port() + "/livez"));
            for (int i = 0; i < count; i++) {
                request.header("Cookie", "sso" + i + "=" + "z".repeat(6000));
            }
            HttpResponse<String> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(status);
            assertThat(answer.body()).contains(status == 200 ? "alive" : "ENT-023");
        }
    }

    private int asked(SSLContext trusted) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newBuilder().sslContext(trusted).build()) {
            return client.send(request("/livez"), HttpResponse.BodyHandlers.ofString())
                    .statusCode();
        }
    }

    @Test
    void a_renewed_certificate_is_presented_and_no_request_fails() throws Exception {
        assertThatThrownBy(() -> asked(onlyRenewed)).isInstanceOf(SSLException.class);
        AtomicBoolean isOver = new AtomicBoolean();
        Queue<Exception> failed = new ConcurrentLinkedQueue<>();
        AtomicLong answered = new AtomicLong();
        Thread asking = Thread.ofVirtual().start(() -> {
            while (!isOver.get()) {
                try {
                    assertThat(asked(both)).isEqualTo(200);
                    answered.incrementAndGet();
                } catch (IOException | InterruptedException failure) {
                    failed.add(failure);
                }
            }
        });
        try {
            Files.copy(renewed.chain(), chain, StandardCopyOption.REPLACE_EXISTING);
            Files.copy(renewed.key(), key, StandardCopyOption.REPLACE_EXISTING);
            await().ignoreExceptions().until(() -> asked(onlyRenewed) == 200);
        } finally {
            isOver.set(true);
            asking.join();
        }
        assertThat(failed).isEmpty();
        assertThat(answered).hasPositiveValue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_scheme_in_the_request_line_does_not_count_as_encryption(boolean isFromTrustedProxy) throws IOException {
        RequestFilter filter =
                new RequestFilter(List.of(), _ -> isFromTrustedProxy, "", true, false, ConnectCalls::refusal);
        HttpPort plain =
                HttpPort.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), null, filter, metrics);
        try {
            for (String scheme : List.of("", "http://localhost", "https://localhost", "HTTPS://localhost")) {
                try (StrangerSocket stranger = StrangerSocket.connect(plain.port())) {
                    String call = "POST " + scheme + "/entente.v1.TransactionService/GetTransaction HTTP/1.1\r\n"
                            + "Host: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
                            + "Connection: close\r\n\r\n{}";
                    assertThat(stranger.send(call).untilEnd()).startsWith("HTTP/1.1 403 ");
                }
            }
        } finally {
            plain.stop();
        }
    }

    /** A client that reads nothing fills the window of its stream, not the window of the connection. */
    @Test
    void a_stream_over_http_2_ends_if_the_client_does_not_read() throws Exception {
        EventFeed.Event large = new EventFeed.Event("changed", "z".repeat(1 << 20), false);
        Duration never = Duration.ofHours(1);
        port.show(
                FormlessWebsite.of(() -> large),
                new EventStreams.Pace(Duration.ofMillis(1), never, Duration.ofSeconds(1)));
        HttpRequest stream = HttpRequest.newBuilder(request("/live"), (_, _) -> true)
                .header("Accept", "text/event-stream")
                .build();
        try (HttpClient client = client(HttpClient.Version.HTTP_2, "TLSv1.3")) {
            HttpResponse<InputStream> unread = client.send(stream, HttpResponse.BodyHandlers.ofInputStream());
            assertThat(unread.version()).isEqualTo(HttpClient.Version.HTTP_2);
            await().until(() -> metrics.exposition().contains("\nentente_http_port_streams 0.0\n"));
            HttpResponse<InputStream> left = client.send(stream, HttpResponse.BodyHandlers.ofInputStream());
            left.body().close();
            await().until(() -> metrics.exposition().contains("\nentente_http_port_streams 0.0\n"));
            assertThat(client.send(request("/livez"), HttpResponse.BodyHandlers.ofString())
                            .body())
                    .isEqualTo("alive\n");
            assertThat(metrics.exposition()).contains("\nentente_http_port_connections 1.0\n");
            client.shutdownNow();
        }
    }
}
