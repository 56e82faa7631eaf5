package dev.entente.server.participant.http;

import static dev.entente.server.participant.ParticipantConfig.plaintext;
import static dev.entente.server.participant.grpc.CallFixture.await;
import static dev.entente.server.participant.grpc.CallFixture.leaving;
import static dev.entente.server.participant.grpc.CallFixture.start;
import static dev.entente.server.participant.http.HttpCallFixture.RESERVE;
import static dev.entente.server.participant.http.HttpCallFixture.call;
import static dev.entente.server.participant.http.HttpCallFixture.participants;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Target;
import dev.entente.server.Certificate;
import dev.entente.server.app.CalledParticipants;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.ParticipantConfig.Tls;
import dev.entente.server.participant.grpc.CallFixture;
import dev.entente.server.participant.http.LoopbackHttp.Answer;
import dev.entente.server.telemetry.Metrics;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP requests and their addresses, over real connections. */
public class HttpParticipantsTest {
    @TempDir
    static Path folder;

    @Test
    void a_request_carries_the_body_and_the_metadata_of_its_transaction() {
        try (var stock = LoopbackHttp.start(_ -> Answer.of(200, "{\"id\":7}"));
                var participants = participants(plaintext("stock", stock.url() + "/v1/")
                        .with(it -> it.bearerToken = new ParticipantConfig.Secret("s3cret")))) {
            Outcome outcome = await(start(participants, call(RESERVE)));

            assertThat(outcome).isEqualTo(new Outcome.Succeeded(ByteString.copyFromUtf8("{\"id\":7}")));
            LoopbackHttp.Arrived received = stock.arrived().getFirst();
            assertThat(received.method()).isEqualTo("POST");
            assertThat(received.path()).isEqualTo("/v1/reservations?express=true");
            assertThat(received.body()).isEqualTo("{\"sku\":\"A-1\"}");
            assertThat(received.header("content-type")).isEqualTo("application/json");
            assertThat(received.header("x-shop")).isEqualTo("a");
            assertThat(received.header("entente-gid")).isEqualTo("order-4711");
            assertThat(received.header("entente-branch")).isEqualTo("reserve");
            assertThat(received.header("entente-op")).isEqualTo("action");
            assertThat(received.header("entente-attempt")).isEqualTo("3");
            assertThat(received.header("entente-fence")).isEqualTo("17");
            assertThat(received.header("entente-fence-base")).isEqualTo("1");
            assertThat(received.header("entente-pattern")).isEqualTo("saga");
            assertThat(received.header("entente-created")).isEqualTo("2026-11-20T09:30:00.123Z");
            assertThat(received.header("idempotency-key")).isEqualTo("order-4711/reserve/action");
            assertThat(received.header("traceparent")).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01");
            assertThat(received.header("authorization")).isEqualTo("Bearer s3cret");
        }
    }

    @Test
    void a_redirect_is_not_followed() {
        try (var elsewhere = LoopbackHttp.start(_ -> Answer.of(200, "done"));
                var stock = LoopbackHttp.start(_ -> new Answer(307, Map.of("Location", elsewhere.url()), ""));
                var participants = participants(plaintext("stock", stock.url()))) {
            assertThat(await(start(participants, call(RESERVE)))).isInstanceOf(Outcome.Misconfigured.class);
            assertThat(elsewhere.arrived()).isEmpty();
        }
    }

    @Test
    void a_hung_participant_does_not_delay_other_participants() {
        CountDownLatch never = new CountDownLatch(1);
        try (var hung = LoopbackHttp.start(_ -> {
                    never.await();
                    return Answer.of(200, "");
                });
                var stock = LoopbackHttp.start(_ -> Answer.of(200, ""));
                var participants = participants(
                        plaintext("hung", hung.url()).with(it -> it.maxInFlight = 1),
                        plaintext("stock", stock.url()))) {
            Target target = new Target.Http("hung", "POST", "/", Map.of());
            CompletableFuture<Outcome> first = start(participants, call(target));
            Awaitility.await().until(() -> hung.arrived().size() == 1);
            CompletableFuture<Outcome> second = start(participants, call(target, "", Duration.ofMillis(1), () -> true));

            assertThat(await(start(participants, call(RESERVE)))).isInstanceOf(Outcome.Succeeded.class);
            assertThat(await(second)).isInstanceOf(Outcome.NotSent.class);
            assertThat(first).isNotDone();
        } finally {
            never.countDown();
        }
    }

    @Test
    void a_call_to_a_hung_participant_times_out_and_frees_its_capacity() {
        CountDownLatch never = new CountDownLatch(1);
        try (var hung = LoopbackHttp.start(_ -> {
                    never.await();
                    return Answer.of(200, "");
                });
                var participants = participants(plaintext("hung", hung.url()).with(it -> it.maxInFlight = 1))) {
            Target target = new Target.Http("hung", "POST", "/", Map.of());
            assertThat(leaving(participants, call(target, "", Duration.ofMillis(300), () -> true)))
                    .isEqualTo(new Outcome.Unknown("no response in time", null));
            Awaitility.await()
                    .untilAsserted(() -> assertThat(participants.statuses())
                            .allMatch(status -> status.inFlight() == 0 && status.waiting() == 0));
        } finally {
            never.countDown();
        }
    }

    @Test
    void a_response_without_its_complete_body_is_unknown() throws IOException {
        try (ServerSocket half = new ServerSocket(0)) {
            Thread.ofVirtual().start(() -> sendHalf(half));
            try (var participants = participants(plaintext("stock", "http://127.0.0.1:" + half.getLocalPort()))) {
                assertThat(leaving(participants, call(RESERVE, "", Duration.ofMillis(500), () -> true)))
                        .isEqualTo(new Outcome.Unknown("no response in time", null));
            }
        }
    }

    private static void sendHalf(ServerSocket half) {
        try {
            var socket = half.accept();
            socket.getOutputStream()
                    .write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal".getBytes(StandardCharsets.US_ASCII));
            var _ = socket.getInputStream().readAllBytes();
        } catch (IOException closed) {
            // The test is over.
        }
    }

    @Test
    void calls_to_a_closed_port_are_not_sent_and_open_the_circuit() throws IOException {
        int closedPort;
        try (ServerSocket taken = new ServerSocket(0)) {
            closedPort = taken.getLocalPort();
        }
        try (var participants = participants(plaintext("stock", "http://127.0.0.1:" + closedPort))) {
            for (int i = 0; i < 20; i++) {
                assertThat(CallFixture.isUnreachable(await(start(participants, call(RESERVE)))))
                        .isTrue();
            }
            assertThat(participants.statuses().getFirst().circuit()).isEqualTo("open");
            assertThat(participants.statuses().getFirst().lastError()).contains("ConnectException");
        }
    }

    @Test
    void no_call_is_sent_without_a_lease() {
        try (var stock = LoopbackHttp.start(_ -> Answer.of(200, ""));
                var participants = participants(plaintext("stock", stock.url()))) {
            assertThat(await(start(participants, call(RESERVE, "", CallFixture.TIMEOUT, () -> false))))
                    .isInstanceOf(Outcome.NotSent.class);
            assertThat(stock.arrived()).isEmpty();
        }
    }

    @Test
    void no_call_is_sent_when_the_lease_expires_during_the_connect() throws Exception {
        Certificate own = Certificate.selfSigned(folder, "late");
        try (var plain = LoopbackHttp.start(_ -> Answer.of(200, ""));
                var secure = LoopbackHttp.start(context(own), _ -> Answer.of(200, ""));
                var open = participants(plaintext("stock", plain.url()));
                var closed = participants(encrypted(secure.url(), CallFixture.tls(own.chain(), null, null, null)))) {
            for (var participants : List.of(open, closed)) {
                AtomicInteger leaseChecks = new AtomicInteger();
                BranchCall.Permit once = () -> leaseChecks.getAndIncrement() == 0;
                assertThat(await(start(participants, call(RESERVE, "", CallFixture.TIMEOUT, once))))
                        .isInstanceOfSatisfying(
                                Outcome.NotSent.class,
                                outcome -> assertThat(outcome.isUnreachable()).isFalse());
                assertThat(leaseChecks).hasValue(2);
            }
            assertThat(plain.arrived()).isEmpty();
            assertThat(secure.arrived()).isEmpty();
        }
    }

    @Test
    void an_unsendable_call_is_counted_without_a_duration() {
        Metrics metrics = Metrics.withoutJvm();
        List<ParticipantConfig> stock = List.of(plaintext("stock", "http://127.0.0.1:9"));
        try (var participants = new CalledParticipants(
                stock, List.of(), List.of(), CallFixture.CONNECT, CallFixture.LOOPS, metrics, CallFixture.NO_BROKERS)) {
            Target unsendable = new Target.Http("stock", "POST", "/", Map.of("accept", "two\nlines"));

            Outcome outcome = await(start(participants, call(unsendable)));

            assertThat(outcome.detail()).contains("the call could not be started");
            assertThat(metrics.exposition())
                    .contains("entente_calls_total{op=\"action\",outcome=\"unknown\",participant=\"stock\"} 1.0")
                    .doesNotContain("entente_call_duration_seconds_count");
        }
    }

    @Test
    void a_call_to_an_unannounced_participant_is_not_sent() {
        try (var participants = participants()) {
            participants.takeAnnouncements();

            Outcome outcome = await(start(participants, call(RESERVE)));

            assertThat(outcome).isInstanceOf(Outcome.NotSent.class);
            assertThat(outcome.detail()).contains("has not announced itself");
        }
    }

    @Test
    void a_participant_that_moves_during_calls_has_one_address() {
        AtomicBoolean moves = new AtomicBoolean(true);
        try (var participants = participants()) {
            participants.takeAnnouncements();
            CompletableFuture<Void> caller = CompletableFuture.runAsync(() -> {
                while (moves.get()) {
                    await(start(participants, call(RESERVE)));
                }
            });
            for (int i = 0; i < 1000; i++) {
                participants.announce(
                        "stock", (i % 3 == 2 ? "" : "http://") + "127.0.0.1:" + (1 + i % 3), "", "127.0.0.1");
            }
            moves.set(false);
            caller.join();

            assertThat(participants.statuses())
                    .singleElement()
                    .satisfies(status -> assertThat(status.address()).isEqualTo("http://127.0.0.1:1"));
        }
    }

    @Test
    void a_participant_is_called_only_over_its_configured_protocol() {
        try (var participants =
                participants(plaintext("stock", "http://127.0.0.1:9"), plaintext("payment", "127.0.0.1:9"))) {
            assertThat(participants.guard().refusal(RESERVE)).isNull();
            assertThat(participants.guard().refusal(new Target.Grpc("stock", "a.B/C")))
                    .hasMessageContaining("ENT-014")
                    .hasMessageContaining("over HTTP");
            Target wrong = new Target.Http("payment", "POST", "/", Map.of());
            assertThat(participants.guard().refusal(wrong)).hasMessageContaining("over gRPC");
            assertThat(await(start(participants, call(wrong)))).isInstanceOf(Outcome.Misconfigured.class);
        }
    }

    @Test
    void over_tls_only_a_trusted_participant_receives_a_call() throws Exception {
        Certificate own = Certificate.selfSigned(folder, "stock");
        Certificate other = Certificate.selfSigned(folder, "other");
        try (var stock = LoopbackHttp.start(context(own), _ -> Answer.of(200, "done"));
                var trusting = participants(
                        encrypted(stock.url(), CallFixture.tls(own.chain(), other.chain(), other.key(), null)));
                var wary = participants(encrypted(stock.url(), CallFixture.tls(other.chain(), null, null, null)))) {
            assertThat(await(start(trusting, call(RESERVE)))).isInstanceOf(Outcome.Succeeded.class);
            assertThat(CallFixture.isUnreachable(await(start(wary, call(RESERVE)))))
                    .isTrue();
            assertThat(wary.statuses().getFirst().lastError()).contains("PKIX");
            assertThat(stock.arrived()).hasSize(1);
        }
    }

    @Test
    void the_last_error_shows_the_name_missing_from_a_certificate() throws Exception {
        Certificate own = Certificate.selfSigned(folder, "elsewhere");
        try (var stock = LoopbackHttp.start(context(own), _ -> Answer.of(200, "done"));
                var participants = participants(encrypted(
                        stock.url().replace("127.0.0.1", "localhost"),
                        CallFixture.tls(own.chain(), null, null, null)))) {
            assertThat(CallFixture.isUnreachable(await(start(participants, call(RESERVE)))))
                    .isTrue();
            assertThat(participants.statuses().getFirst().lastError()).contains("localhost");
            assertThat(stock.arrived()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void over_tls_a_response_without_a_length_needs_close_notify(boolean isNotified) throws Exception {
        Certificate own = Certificate.selfSigned(folder, "closing-" + isNotified);
        SSLContext context = context(own);
        Target get = new Target.Http("stock", "GET", "/stock", Map.of());
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                var participants = participants(encrypted(
                        "https://127.0.0.1:" + server.getLocalPort(),
                        CallFixture.tls(own.chain(), null, null, null)))) {
            Thread.ofVirtual()
                    .start(() -> RawHttp.accept(server, socket -> answerUntilClose(context, socket, isNotified)));
            Outcome outcome = await(start(participants, call(get, "")));
            assertThat(outcome).isInstanceOf(isNotified ? Outcome.Succeeded.class : Outcome.Unknown.class);
        }
    }

    private static void answerUntilClose(SSLContext context, Socket socket, boolean isNotified) throws IOException {
        SSLSocket encrypted = (SSLSocket) context.getSocketFactory().createSocket(socket, null, 0, false);
        encrypted.setUseClientMode(false);
        BufferedReader request =
                new BufferedReader(new InputStreamReader(encrypted.getInputStream(), StandardCharsets.UTF_8));
        while (!request.readLine().isEmpty()) {}
        encrypted
                .getOutputStream()
                .write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"name\":\"Jo\"}"
                        .getBytes(StandardCharsets.UTF_8));
        if (isNotified) {
            encrypted.shutdownOutput();
        }
    }

    public static ParticipantConfig encrypted(String url, Tls tls) {
        return plaintext("stock", url).with(it -> it.tls = tls);
    }

    public static SSLContext context(Certificate certificate) throws Exception {
        String key = Files.readString(certificate.key()).replaceAll("-----[A-Z ]+-----", "");
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        try (InputStream chain = Files.newInputStream(certificate.chain())) {
            store.setKeyEntry(
                    "own",
                    KeyFactory.getInstance("EC")
                            .generatePrivate(new PKCS8EncodedKeySpec(
                                    Base64.getMimeDecoder().decode(key))),
                    new char[0],
                    new java.security.cert.Certificate[] {
                        CertificateFactory.getInstance("X.509").generateCertificate(chain)
                    });
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }
}
