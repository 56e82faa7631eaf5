package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.ClosedPort;
import dev.entente.backends.PgBouncer;
import dev.entente.backends.PostgresServer;
import dev.entente.server.Certificate;
import dev.entente.server.cli.Cli;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.TestDatabase;
import io.grpc.BindableService;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** {@code entente doctor} on real databases, files and participants. */
final class DoctorTest {
    @TempDir
    private Path folder;

    private static io.grpc.Server participant(BindableService... services) throws IOException {
        NettyServerBuilder builder = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0));
        List.of(services).forEach(builder::addService);
        return builder.build().start();
    }

    private Path written(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private static List<String> findings(Cli run) {
        assertThat(run.exit()).as(run.err()).isEqualTo(1);
        return run.json().getAsJsonArray("findings").asList().stream()
                .map(finding -> finding.getAsJsonObject().get("what").getAsString())
                .toList();
    }

    private List<String> ofFile(DatabaseSettings database, String... more) throws IOException {
        String yaml = "{database: {url: '%s', user: '%s', password: '%s'}%s}"
                .formatted(database.jdbcUrl(), database.user(), database.password(), String.join("", more));
        return findings(Cli.run(
                "doctor", "--json", "--config", written("some.yaml", yaml).toString()));
    }

    @Test
    void a_coordinator_with_the_environment_for_kubernetes_has_no_findings() throws IOException {
        Path tokens = folder.resolve("tokens");
        Path token = written(
                "token",
                Cli.run("token", "create", "ops", "--file", tokens.toString(), "--role", "operator")
                        .out());
        io.grpc.Server participant = participant(ProtoReflectionServiceV1.newInstance());
        try (PostgresServer postgres = PostgresServer.start(Map.of("fsync", "on", "synchronous_commit", "on"))) {
            TestDatabase.execute(
                    postgres.url("postgres"), "create database entente", "create role entente superuser login");
            Map<String, String> environment = environment();
            environment.replaceAll((_, value) -> value.replace("$(POD_ADDRESS)", "127.0.0.1")
                    .replace(
                            "//database:5432/entente?sslrootcert=/etc/entente/database/ca.crt",
                            "//127.0.0.1:" + postgres.port() + "/entente")
                    .replace("/etc/entente/auth/tokens", tokens.toString())
                    .replace("/etc/entente/database/password", token.toString())
                    .replace("stock:7801", "127.0.0.1:" + participant.getPort())
                    .replace("payment:7802", "127.0.0.1:" + participant.getPort()));
            environment.putAll(Map.of("ENTENTE_GRPC_PORT", "0", "ENTENTE_HTTP_PORT", "0", "ENTENTE_NODE", "entente-0"));
            Server server = Server.start(Configuration.of(Settings.gather(null, environment, Map.of())));
            try {
                String target = server.ready().grpc().replace("0.0.0.0", "127.0.0.1");
                Cli run = Cli.run("doctor", "--target", target, "--token-file", token.toString());
                assertThat(run.out()).as(run.err()).isEqualToIgnoringNewLines("no findings");
                assertThat(run.exit()).isZero();
            } finally {
                server.drain();
            }
        } finally {
            participant.shutdownNow();
        }
    }

    /** Returns the variables of deploy/kubernetes.yaml; the value is empty for a field of the pod. */
    private static Map<String, String> environment() throws IOException {
        Map<String, String> variables = new HashMap<>();
        Iterable<Object> objects = new Yaml(new SafeConstructor(new LoaderOptions()))
                .loadAll(Files.readString(Path.of("../deploy/kubernetes.yaml")));
        StreamSupport.stream(objects.spliterator(), false).forEach(object -> collect(object, variables));
        return variables;
    }

    private static void collect(Object node, Map<String, String> variables) {
        if (node instanceof List<?> list) {
            list.forEach(each -> collect(each, variables));
        } else if (node instanceof Map<?, ?> map) {
            if (map.get("name") instanceof String name && name.startsWith("ENTENTE_")) {
                variables.put(name, Objects.toString(map.get("value"), ""));
            }
            map.values().forEach(each -> collect(each, variables));
        }
    }

    @Test
    void a_running_coordinator_reports_its_findings() throws Exception {
        Path secret = written("secret", "s3cret\n");
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-r--r--"));
        io.grpc.Server mute = participant();
        try (ClosedPort gone = new ClosedPort();
                PostgresServer postgres = PostgresServer.start(Map.of("autovacuum", "off", "max_connections", "24"))) {
            String url = postgres.url("postgres");
            Map<String, String> settings = LocalServer.settings(DatabaseSettings.of(url, "postgres", ""), "node-a");
            settings.putAll(Map.of("database.migrate", "true", "database.pool", "3", "limits.openBytes", "900GiB"));
            Path file = written("entente.yaml", """
                participants:
                  gone: %s
                  mute: {target: 'localhost:%d', tokenFile: %s}
                """.formatted(gone.address(), mute.getPort(), secret));
            Server first = Server.start(LocalServer.reading(file, settings));
            settings.put("node", "node-b");
            Server second = LocalServer.start(settings);
            try {
                TestDatabase.execute(
                        url,
                        "update coordinator set node = 'node-a'",
                        "alter role postgres set statement_timeout = '1min'",
                        "select pg_create_physical_replication_slot('standby', true)");
                for (int i = 0; i < 6; i++) {
                    TestDatabase.execute(
                            url, "select pg_logical_emit_message(false, 'a', 'b')", "select pg_switch_wal()");
                }
                Files.writeString(file, Files.readString(file) + "leese: 5s\n");

                List<String> expected = List.of(
                        "'leese' (entente.yaml) is not a setting",
                        "limits.openBytes is 921600 MiB",
                        "participants.mute.tokenFile: each user of this machine can read the secret in " + secret,
                        "autovacuum = off",
                        "fsync = off",
                        "statement_timeout = 60000 ms (user)",
                        "synchronous_commit = off",
                        "slot 'standby' holds",
                        "node name 'node-a'",
                        "permits 21 connections, but its 2 coordinators need up to 22.",
                        "participants.gone.target = '" + gone.address() + "' cannot be reached: UNAVAILABLE",
                        "types of the participant 'mute' are unknown: it does not offer reflection");
                assertThat(findings(Cli.at(first.ready().grpc(), "doctor --json")))
                        .zipSatisfy(expected, (what, text) -> assertThat(what).contains(text));
                assertThat(Cli.at(first.ready().grpc(), "doctor").out())
                        .contains("\n  change: alter role postgres reset statement_timeout\n");
            } finally {
                second.drain();
                first.drain();
            }
        } finally {
            mute.shutdownNow();
        }
    }

    @Test
    void a_configuration_is_checked_without_a_coordinator() throws Exception {
        Certificate old = Certificate.selfSigned(folder, "old", 5);
        String tls = ", grpc: {tls: {certificate: '%s', key: '%s'}}".formatted(old.chain(), old.key());
        DatabaseSettings latin = TestDatabase.encoded("LATIN1");
        assertThat(ofFile(latin, tls))
                .anyMatch(what -> what.startsWith("grpc.tls: CN=old expires in 4 days"))
                .anyMatch(what -> what.contains("server_encoding is LATIN1"));

        DatabaseSettings direct = TestDatabase.withSchema();
        PgBouncer.PROGRAM.require();
        int port = PgBouncer.start(TestDatabase.port(direct)).port();
        assertThat(ofFile(TestDatabase.through(port, direct, "prepareThreshold=0", 8, direct.timeout())))
                .anyMatch(what -> what.contains("leads to a pooler whose sessions are shared"));

        // Another name of 127.0.0.1, which does not look like loopback.
        String remote = direct.jdbcUrl().replace("127.0.0.1", "127.1").replace("localhost", "127.1");
        String plain = remote + (remote.contains("?") ? "&" : "?") + "sslmode=disable";
        assertThat(ofFile(TestDatabase.changed(direct, plain, 8, direct.timeout())))
                .anyMatch(what -> what.startsWith("database.url permits a connection to '127.1' without TLS"))
                .noneMatch(what -> what.contains("cannot be reached"));
    }

    @Test
    void an_unusable_configuration_and_a_missing_database_are_findings() throws IOException {
        try (ClosedPort port = new ClosedPort()) {
            DatabaseSettings none = DatabaseSettings.of("jdbc:postgresql://" + port.address() + "/shop", "ann", "");
            assertThat(ofFile(none)).singleElement().asString().contains("cannot be reached as user 'ann'");
            assertThat(ofFile(none, ", lease: soon")).singleElement().asString().contains("lease = 'soon'");
        }
    }
}
