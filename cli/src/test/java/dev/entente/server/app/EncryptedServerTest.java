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
 * Two coordinators on one database that speak TLS, `b` to those alone who can say who they are; the SDK and the command
 * line ask them over real sockets.
 */
class EncryptedServerTest {
    /** For as long a client that is not to be answered asks again. */
    private static final Duration SHORT = Duration.ofSeconds(2);

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

    /** Makes a saga that calls any method, for the participant answers all. */
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
    void many_submits_at_once_are_encrypted(boolean overStream) throws IOException {
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
            assertThat(entente.transactions().count(Filter.all().name("nobody")).getByStateMap())
                    .isEmpty();
        }
    }

    @Test
    void whoever_does_not_trust_it_or_speaks_plaintext_gets_no_answer() throws IOException {
        try (Entente doubtful = to(a).tls(trusting(stranger)).retryFor(SHORT).build();
                Entente open = to(a).retryFor(SHORT).build()) {
            assertThatThrownBy(() -> doubtful.transactions().get("any")).isInstanceOf(CoordinatorUnavailable.class);
            assertThatThrownBy(() -> open.transactions().get("any")).isInstanceOf(CoordinatorUnavailable.class);
        }
        Cli plain = Cli.run("tx", "count", "--target", a.target());
        assertThat(plain.exit()).isEqualTo(3);
        assertThat(plain.err()).contains("--tls");
    }

    @Test
    void the_command_line_trusts_what_it_is_told_to_trust() {
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
        assertThat(half.err()).contains("belong together");
    }

    @Test
    void where_clients_must_say_who_they_are_nobody_else_is_answered() throws IOException {
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
        try (Entente welcome = to(b).tls(named).build();
                Entente turnedAway = to(b).tls(unknown).retryFor(SHORT).build()) {
            assertThat(welcome.transactions().count(Filter.open()).getCapped()).isFalse();
            assertThatThrownBy(() -> turnedAway.transactions().count(Filter.open()))
                    .isInstanceOf(CoordinatorUnavailable.class);
        }
    }

    @Test
    void a_request_is_passed_on_over_tls_by_a_coordinator_that_says_who_it_is() throws IOException {
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
    void files_that_are_no_certificates_are_told_at_the_start() {
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
    void encryption_is_no_authentication_so_an_open_bind_still_needs_tokens() {
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
    void json_over_http_needs_what_grpc_needs() throws Exception {
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
