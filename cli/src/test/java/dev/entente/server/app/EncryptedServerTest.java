package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.backends.PatientAwaits;
import dev.entente.client.CoordinatorUnavailable;
import dev.entente.client.Entente;
import dev.entente.client.Filter;
import dev.entente.client.Outcome;
import dev.entente.client.Saga;
import dev.entente.server.Certificate;
import dev.entente.server.cli.Cli;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.TestDatabase;
import dev.entente.v1.Transaction;
import io.grpc.ChannelCredentials;
import io.grpc.TlsChannelCredentials;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two TLS coordinators on one database, called by the SDK and the command line over real sockets. Coordinator {@code b}
 * requires client certificates.
 */
class EncryptedServerTest {
    /** The retry time of a client that must not get a response. */
    private static final Duration RETRY_TIME = Duration.ofSeconds(2);

    @TempDir
    static Path folder;

    private static Certificate coordinator;
    private static Certificate stranger;
    private static ExampleParticipant participant;
    private static DatabaseSettings database;
    private static LocalCoordinator a;
    private static LocalCoordinator b;

    @BeforeAll
    static void start() throws Exception {
        coordinator = Certificate.selfSigned(folder, "coordinator");
        stranger = Certificate.selfSigned(folder, "stranger");
        participant = ExampleParticipant.start();
        database = TestDatabase.withSchema();
        a = start("a", "http.trustedProxies", "127.0.0.1");
        b = start("b", "grpc.tls.clientCa", coordinator.chain().toString(), "http.tls", "on");
    }

    @AfterAll
    static void stop() {
        b.close();
        a.close();
        participant.close();
    }

    private static LocalCoordinator start(String node, String... more) {
        Stream<String> standard = Stream.of(
                "grpc.tls.certificate",
                coordinator.chain().toString(),
                "grpc.tls.key",
                coordinator.key().toString(),
                "grpc.tls.trusted",
                coordinator.chain().toString(),
                "participants.any.target",
                participant.target());
        return LocalCoordinator.start(
                database, node, Stream.concat(standard, Stream.of(more)).toArray(String[]::new));
    }

    private static ChannelCredentials trusting(Certificate trusted) throws IOException {
        return TlsChannelCredentials.newBuilder()
                .trustManager(trusted.chain().toFile())
                .build();
    }

    private static Entente.Builder to(LocalCoordinator server) {
        return Entente.builder(server.target());
    }

    /** Returns a saga that calls the method; the participant answers every method. */
    private static Saga saga(Entente entente, String gid, String method) {
        var call = entente.participant("any")
                .call(
                        HealthGrpc.getCheckMethod().toBuilder()
                                .setFullMethodName("example.v1.Example/" + method)
                                .build(),
                        HealthCheckRequest.getDefaultInstance());
        Saga saga = entente.saga("encrypted").gid(gid);
        var _ = saga.step("only", call).nothingToUndo();
        return saga;
    }

    @ParameterizedTest(name = "over a stream: {0}")
    @ValueSource(booleans = {true, false})
    void concurrent_submits_succeed_over_tls_with_and_without_a_stream(boolean overStream) throws IOException {
        double before = unarySubmits();
        try (Entente entente =
                to(a).tls(trusting(coordinator)).stream(overStream).build()) {
            List<CompletableFuture<Outcome>> submitted = IntStream.range(0, 40)
                    .mapToObj(i -> saga(entente, "at-once-" + overStream + i, "Do"))
                    .map(saga -> CompletableFuture.supplyAsync(() -> saga.submitAndWait(PatientAwaits.BOUND)))
                    .toList();
            assertThat(submitted)
                    .allSatisfy(outcome -> assertThat(outcome.join()).isInstanceOf(Outcome.Succeeded.class));
        }
        assertThat(unarySubmits() - before).isEqualTo(overStream ? 0 : 40);
    }

    private static double unarySubmits() {
        return Pattern.compile("entente_rpc_duration_seconds_count\\{"
                        + ".*method=\"entente.v1.TransactionService/SubmitTransaction\".*} (.*)")
                .matcher(a.metrics())
                .results()
                .mapToDouble(result -> Double.parseDouble(result.group(1)))
                .sum();
    }

    @Test
    void the_sdk_submits_lists_and_counts_over_tls() throws IOException {
        try (Entente entente = to(a).tls(trusting(coordinator)).build()) {
            for (int i = 0; i < 60; i++) {
                assertThat(saga(entente, "listed-" + i, "Do").submitAndWait(PatientAwaits.BOUND))
                        .isInstanceOf(Outcome.Succeeded.class);
            }
            Filter listed = Filter.all().gidPrefix("listed-").state(Transaction.State.SUCCEEDED);
            assertThat(entente.transactions().list(listed).map(Transaction::getGid))
                    .as("more than a page")
                    .hasSize(60)
                    .doesNotHaveDuplicates()
                    .startsWith("listed-59");
            assertThat(entente.transactions().count(listed).getByStateMap())
                    .containsExactly(Map.entry("SUCCEEDED", 60L));
            assertThat(entente.transactions()
                            .count(Filter.all().name("unknown"))
                            .getByStateMap())
                    .isEmpty();
        }
    }

    @Test
    void a_client_that_uses_plaintext_or_distrusts_the_server_cannot_connect() throws IOException {
        try (Entente distrusting =
                        to(a).tls(trusting(stranger)).retryFor(RETRY_TIME).build();
                Entente open = to(a).retryFor(RETRY_TIME).build()) {
            assertThatThrownBy(() -> distrusting.transactions().get("any")).isInstanceOf(CoordinatorUnavailable.class);
            assertThatThrownBy(() -> open.transactions().get("any")).isInstanceOf(CoordinatorUnavailable.class);
        }
        Cli plain = Cli.run("tx", "count", "--target", a.target());
        assertThat(plain.exit()).isEqualTo(3);
        assertThat(plain.err()).contains("--tls");
    }

    @Test
    void the_command_line_trusts_the_given_ca_and_refuses_incomplete_tls_options() {
        String ca = coordinator.chain().toString();
        String target = a.target();
        assertThat(Cli.run("tx", "count", "--target", target, "--ca", ca).exit())
                .isZero();
        assertThat(Cli.run("tx", "count", "--target", target, "--tls").exit())
                .as("the platform does not know it")
                .isEqualTo(3);
        Cli noPem = Cli.run(
                "tx", "count", "--target", target, "--ca", coordinator.key().toString());
        assertThat(noPem.exit()).isEqualTo(2);
        Cli half = Cli.run("tx", "count", "--target", target, "--certificate", ca);
        assertThat(half.exit()).isEqualTo(2);
        assertThat(half.err()).contains("only one of --certificate and --key is given");
    }

    @Test
    void clients_without_a_certificate_of_the_client_ca_cannot_connect() throws IOException {
        String ca = coordinator.chain().toString();
        String key = coordinator.key().toString();
        String target = b.target();
        assertThat(Cli.run("tx", "count", "--target", target, "--ca", ca).exit())
                .isEqualTo(3);
        assertThat(Cli.run("tx", "count", "--target", target, "--ca", ca, "--certificate", ca, "--key", key)
                        .exit())
                .isZero();
        ChannelCredentials named = TlsChannelCredentials.newBuilder()
                .trustManager(coordinator.chain().toFile())
                .keyManager(coordinator.chain().toFile(), coordinator.key().toFile())
                .build();
        ChannelCredentials unknown = TlsChannelCredentials.newBuilder()
                .trustManager(coordinator.chain().toFile())
                .keyManager(stranger.chain().toFile(), stranger.key().toFile())
                .build();
        try (Entente accepted = to(b).tls(named).build();
                Entente rejected = to(b).tls(unknown).retryFor(RETRY_TIME).build()) {
            assertThat(accepted.transactions().count(Filter.open()).getCapped()).isFalse();
            assertThatThrownBy(() -> rejected.transactions().count(Filter.open()))
                    .isInstanceOf(CoordinatorUnavailable.class);
        }
    }

    @Test
    void coordinators_forward_requests_over_tls_with_their_certificates() throws IOException {
        ChannelCredentials named = TlsChannelCredentials.newBuilder()
                .trustManager(coordinator.chain().toFile())
                .keyManager(coordinator.chain().toFile(), coordinator.key().toFile())
                .build();
        try (Entente atA = to(a).tls(trusting(coordinator)).build();
                Entente atB = to(b).tls(named).build()) {
            saga(atB, "held-by-b", "Hang").submit();
            Transaction seen = atA.transactions().get("held-by-b");
            assertThat(seen.getCoordinator()).isEqualTo("b");
            saga(atA, "held-by-a", "Hang").submit();
            assertThat(atB.transactions().get("held-by-a").getCoordinator()).isEqualTo("a");
        }
    }

    @Test
    void a_missing_or_invalid_certificate_file_fails_the_start() {
        assertThatThrownBy(() -> start(
                        "c", "grpc.tls.clientCa", folder.resolve("nowhere").toString()))
                .hasMessageContaining("ENT-071")
                .hasMessageContaining("nowhere");
        assertThatThrownBy(
                        () -> start("c", "grpc.tls.clientCa", coordinator.key().toString()))
                .hasMessageContaining("ENT-071")
                .hasMessageContaining("PEM");
    }

    @Test
    void an_open_bind_requires_tokens_even_with_tls() {
        assertThatThrownBy(() -> start("c", "grpc.bind", "0.0.0.0")).hasMessageContaining("ENT-075");
    }

    /** Lists the coordinators over HTTPS. */
    private static HttpResponse<String> listed(HttpClient.Version version, KeyManager... shown) throws Exception {
        SSLContext context = Certificate.trusting(List.of(coordinator), shown);
        try (HttpClient client =
                HttpClient.newBuilder().version(version).sslContext(context).build()) {
            return new JsonClient("https://" + b.server.ready().http(), client)
                    .send("OperatorService/ListCoordinators", "{}");
        }
    }

    @Test
    void json_over_http_requires_tls_and_client_certificates_like_grpc() throws Exception {
        try (HttpClient plain = HttpClient.newHttpClient()) {
            HttpResponse<String> refused = new JsonClient(
                            "http://" + a.server.ready().http(), plain)
                    .send("OperatorService/ListCoordinators", "{}");
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(refused.body()).contains("set http.tls: on");
            HttpResponse<String> passed = new JsonClient(
                            "http://" + a.server.ready().http(), plain)
                    .send("OperatorService/ListCoordinators", "{}", "X-Forwarded-Proto", "https");
            assertThat(passed.statusCode()).isEqualTo(200);
        }
        for (HttpClient.Version version : HttpClient.Version.values()) {
            HttpResponse<String> uncertified = listed(version);
            assertThat(uncertified.statusCode()).isEqualTo(403);
            assertThat(uncertified.body()).contains("grpc.tls.clientCa");
            HttpResponse<String> certified = listed(version, coordinator.keys());
            assertThat(certified.statusCode()).isEqualTo(200);
            assertThat(certified.version()).isEqualTo(version);
            assertThat(certified.body()).contains("\"node\":\"a\"", "\"node\":\"b\"");
            assertThatThrownBy(() -> listed(version, stranger.keys())).isInstanceOf(IOException.class);
        }
    }
}
