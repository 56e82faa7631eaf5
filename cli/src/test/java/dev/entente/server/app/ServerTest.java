package dev.entente.server.app;

import static dev.entente.server.app.LocalServer.settings;
import static dev.entente.server.app.LocalServer.start;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.PostgresServer;
import dev.entente.server.cli.Cli;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.StartupFailure;
import dev.entente.server.store.TestDatabase;
import dev.entente.v1.ListTransactionsRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the start of a server, and the errors of failed starts. */
class ServerTest {
    private static StartupFailure refusal(Map<String, String> settings) {
        StartupFailure failure = Assertions.catchThrowableOfType(StartupFailure.class, () -> start(settings));
        assertThat(failure).isNotNull();
        return failure;
    }

    @Test
    void a_start_refuses_an_older_schema_unless_it_may_migrate() {
        Map<String, String> settings = settings(TestDatabase.empty(), "a");
        StartupFailure older = refusal(settings);
        assertThat(older).hasMessageContaining("ENT-073").hasMessageContaining("entente migrate");
        assertThat(older.code().exitCode()).isEqualTo(4);
        settings.put("database.migrate", "true");
        Server server = start(settings);
        assertThat(server.ready().schema()).isPositive();
        assertThat(server.ready().recovered()).isZero();
        server.drain();
    }

    @Test
    void the_migrate_command_creates_the_schema_and_a_newer_schema_is_refused(@TempDir Path folder) throws IOException {
        DatabaseSettings database = TestDatabase.empty();
        Path password = Files.writeString(folder.resolve("password"), database.password());
        Cli migrated = Cli.run(
                "migrate",
                "--jdbc-url",
                database.jdbcUrl(),
                "--jdbc-user",
                database.user(),
                "--jdbc-password-file",
                password.toString());
        assertThat(migrated.exit()).isZero();
        assertThat(migrated.out()).contains("schema version");
        TestDatabase.execute(
                database.jdbcUrl(),
                "insert into entente_schema_history (installed_rank, version, description, type, script, installed_by,"
                        + " execution_time, success) values (999, '999', 'x', 'SQL', 'x', 'x', 0, true)");
        StartupFailure newer = refusal(settings(database, "a"));
        assertThat(newer).hasMessageContaining("ENT-074");
        assertThat(newer.code().exitCode()).isEqualTo(4);
    }

    @Test
    void a_new_connection_reads_the_replaced_password_file(@TempDir Path folder) throws IOException {
        Path rules = Files.writeString(folder.resolve("hba"), """
            local all all trust
            host all postgres all trust
            host all all all scram-sha-256
            """);
        Path password = Files.writeString(folder.resolve("password"), "first");
        try (PostgresServer postgres = PostgresServer.start(Map.of("hba_file", rules.toString()))) {
            String url = postgres.url("postgres");
            TestDatabase.execute(url, "create role entente superuser login password 'first'");
            DatabaseSettings database = DatabaseSettings.of(url.replaceFirst("[?].*", ""), "entente", "none");
            try (LocalCoordinator coordinator = LocalCoordinator.start(
                    database,
                    "a",
                    "database.passwordFile",
                    password.toString(),
                    "database.migrate",
                    "true",
                    "participants.stock.target",
                    "127.0.0.1:1")) {
                coordinator.submit(SamplePlans.scheduled("before"));
                TestDatabase.execute(url, "alter role entente password 'second'");
                Files.writeString(password, "second");
                TestDatabase.execute(
                        url, "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'entente'");
                await().ignoreExceptions().until(() -> {
                    coordinator.submit(SamplePlans.scheduled("after"));
                    return coordinator
                                    .transactions()
                                    .listTransactions(ListTransactionsRequest.getDefaultInstance())
                                    .getTransactionsCount()
                            == 2;
                });
            }
        }
    }

    @Test
    void the_command_line_exits_3_if_the_database_is_unreachable() {
        Cli refused = Cli.run(
                "server",
                "--grpc-port",
                "0",
                "--http-port",
                "0",
                "--jdbc-url",
                "jdbc:postgresql://127.0.0.1:1/nowhere");
        assertThat(refused.exit()).isEqualTo(3);
        assertThat(refused.err()).contains("ENT-072").contains("127.0.0.1:1");
    }

    @Test
    void the_command_line_exits_2_for_invalid_configuration_and_5_for_an_open_bind() {
        assertThat(Cli.run("server", "--set", "grpc.prot=1").exit()).isEqualTo(2);
        assertThat(Cli.run("server", "--set", "grpc.prot=1").err()).contains("ENT-070");
        assertThat(Cli.run("server", "--grpc-port", "many").exit()).isEqualTo(2);
        assertThat(Cli.run("server", "--config", "/no/such/file.yaml").err()).contains("ENT-071");
        Cli open = Cli.run("server", "--grpc-bind", "0.0.0.0");
        assertThat(open.exit()).isEqualTo(5);
        assertThat(open.err()).contains("ENT-075");
    }

    @Test
    void a_missing_trust_file_of_a_participant_fails_the_start(@TempDir Path folder) {
        Map<String, String> settings = settings(TestDatabase.empty(), "a");
        settings.put("database.migrate", "true");
        settings.put("participants.stock.target", "localhost:7801");
        settings.put(
                "participants.stock.tls.trusted", folder.resolve("missing.pem").toString());
        StartupFailure failure = refusal(settings);
        assertThat(failure).hasMessageContaining("ENT-071").hasMessageContaining("missing.pem");
        assertThat(failure.code().exitCode()).isEqualTo(2);
    }

    @Test
    void a_port_in_use_fails_the_start_with_exit_code_7(@TempDir Path folder) throws IOException {
        DatabaseSettings database = TestDatabase.empty();
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            for (String key : List.of("grpc.port", "http.port")) {
                Map<String, String> settings = settings(database, "a");
                settings.put("database.migrate", "true");
                settings.put(key, Integer.toString(taken.getLocalPort()));
                StartupFailure failure = refusal(settings);
                assertThat(failure).hasMessageContaining("ENT-077").hasMessageContaining(key);
                assertThat(failure.code().exitCode()).isEqualTo(7);
            }
        }
    }

    @Test
    void a_node_name_in_use_fails_the_start_with_exit_code_8() {
        Map<String, String> settings = settings(TestDatabase.empty(), "same");
        settings.put("database.migrate", "true");
        Server first = start(settings);
        StartupFailure failure = refusal(settings);
        assertThat(failure).hasMessageContaining("ENT-078").hasMessageContaining("--node");
        assertThat(failure.code().exitCode()).isEqualTo(8);
        first.drain();
        start(settings).drain();
    }

    @Test
    void health_and_metrics_are_served_over_http_until_the_drain() throws Exception {
        Map<String, String> settings = settings(TestDatabase.empty(), "a");
        settings.put("database.migrate", "true");
        Server server = start(settings);
        String base = "http://" + server.ready().http();
        assertThat(get(base + "/livez").statusCode()).isEqualTo(200);
        await().until(() -> get(base + "/readyz").statusCode() == 200);
        assertThat(get(base + "/metrics").body()).contains("entente_transactions_open 0.0", "entente_store_queue 0.0");
        assertThat(get(base + "/elsewhere").statusCode()).isEqualTo(404);
        assertThat(get(base + "/livez/below").statusCode()).isEqualTo(404);
        server.drain();
        assertThat(Assertions.catchThrowable(() -> get(base + "/livez"))).isInstanceOf(IOException.class);
    }

    private static HttpResponse<String> get(String uri) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(HttpRequest.newBuilder(URI.create(uri)).build(), HttpResponse.BodyHandlers.ofString());
        }
    }
}
