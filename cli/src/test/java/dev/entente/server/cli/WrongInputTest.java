package dev.entente.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.Certificate;
import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.TextService;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.TestDatabase;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the most likely mistakes of users, over real sockets. Each mistake gets a message with a solution. */
class WrongInputTest {
    @TempDir
    static Path folder;

    private static Certificate coordinator;
    private static Certificate stranger;
    private static io.grpc.Server shop;
    private static LocalCoordinator plain;
    private static LocalCoordinator encrypted;

    @BeforeAll
    static void start() throws Exception {
        coordinator = Certificate.selfSigned(folder, "coordinator");
        stranger = Certificate.selfSigned(folder, "stranger");
        shop = TextService.onAnyPort()
                .addService(new HealthStatusManager().getHealthService())
                .addService(ProtoReflectionServiceV1.newInstance())
                .build()
                .start();
        DatabaseSettings database = TestDatabase.withSchema();
        plain = LocalCoordinator.start(database, "plain", "participants.shop.target", TextService.target(shop));
        encrypted = LocalCoordinator.start(
                database,
                "encrypted",
                "grpc.tls.certificate",
                coordinator.chain().toString(),
                "grpc.tls.key",
                coordinator.key().toString(),
                "grpc.tls.trusted",
                coordinator.chain().toString());
    }

    @AfterAll
    static void stop() {
        encrypted.close();
        plain.close();
        shop.shutdownNow();
    }

    private static Cli count(String target, String... more) {
        return Cli.run(Cli.with(more, "tx", "count", "--target", target));
    }

    @ParameterizedTest
    @CsvSource({
        "--state, UNRECOGNIZED, SUCCEEDED",
        "--state, STATE_UNSPECIFIED, SUCCEEDED",
        "--state, DONE, SUCCEEDED",
        "--pattern, UNRECOGNIZED, TWO_PHASE",
        "--younger-than, 999999999d, at most 36500d",
        "--older-than, 999999999999d, at most 36500d",
        "--older-than, soon, write a duration",
    })
    void an_invalid_filter_value_is_refused_with_the_valid_values(String option, String value, String wayOut) {
        Cli answer = count(plain.target(), option, value);
        assertThat(answer.exit()).isEqualTo(2);
        assertThat(answer.err()).contains(value, wayOut).doesNotContain("UNRECOGNIZED]", "\tat ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{ | End of input at line 1 column 2",
                "{\"a\":} | Expected value at line 1 column 6",
                "{\"gid\":\"x\"} more | Malformed JSON at line 1 column 14",
                "{\"deadlin\":\"5s\"} | Cannot find field: deadlin in message entente.v1.Plan",
                "{\"deadline\":\"5 minutes\"} | Failed to parse duration: \"5 minutes\"",
                "{\"saga\":{},\"message\":{}} | Cannot set field entente.v1.Plan.message because another field",
                "{\"name\":\"a\\ud83d\"} | half a surrogate pair is not a character",
                "{\"gid\":\"x\",\"gid\":\"y\"} | the key $.gid appears twice",
                "{\"plan\":{},\"validate_only\":true} | there are fields beside \"plan\"",
            })
    void an_unreadable_plan_is_refused_with_a_reason_in_one_line(String plan, String said) {
        Cli answer = submit(plan);
        assertThat(answer.exit()).isEqualTo(4);
        assertThat(answer.err())
                .startsWith("ENT-001: plan: the text is not a valid plan: " + said)
                .hasLineCount(1)
                .doesNotContain("Exception", "Reader", "http");
    }

    @Test
    void a_number_that_would_be_rounded_is_refused_with_its_path() {
        Cli answer = submit("{\"saga\":{\"steps\":[{\"action\":{\"json\":{\"n\":[1,0.12345678901234567890]}}}]}}");
        assertThat(answer.exit()).isEqualTo(4);
        assertThat(answer.err()).startsWith("ENT-025: plan.saga.steps[0].action.json.n[1]: the number has more digits");
    }

    @Test
    void plaintext_to_a_TLS_port_is_reported_with_the_TLS_options() {
        Cli answer = count(encrypted.target());
        assertThat(answer.exit()).isEqualTo(3);
        assertThat(answer.err())
                .contains("if the coordinator speaks TLS, add --tls or --ca")
                .doesNotContain("\tat ");
    }

    @Test
    void TLS_to_a_plaintext_port_is_reported_with_the_options_to_remove() {
        Cli answer = count(plain.target(), "--ca", coordinator.chain().toString());
        assertThat(answer.exit()).isEqualTo(3);
        assertThat(answer.err()).contains("does not speak TLS; leave out --tls, --ca");
    }

    @Test
    void an_untrusted_certificate_is_reported_with_the_ca_option() {
        for (String[] trust :
                new String[][] {{"--tls"}, {"--ca", stranger.chain().toString()}}) {
            Cli answer = count(encrypted.target(), trust);
            assertThat(answer.exit()).isEqualTo(3);
            assertThat(answer.err()).contains("is not trusted; give --ca FILE");
        }
    }

    @Test
    void the_HTTP_port_as_target_is_reported_with_the_gRPC_port() {
        Cli answer = count(plain.server.ready().http());
        assertThat(answer.exit()).isEqualTo(3);
        assertThat(answer.err()).contains("gRPC port (7790 unless configured otherwise)");
        Cli overTls = count(plain.server.ready().http(), "--tls");
        assertThat(overTls.exit()).isEqualTo(3);
        assertThat(overTls.err()).contains("does not speak TLS");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "postgresql://db:5432/shop",
                "postgres://me:secret@db:5432/shop",
                "db:5432/shop",
                "jdbc:mysql://db:5432/shop"
            })
    void a_database_URL_that_is_not_a_PostgreSQL_JDBC_URL_is_refused(String url) {
        Cli answer = Cli.run("server", "--jdbc-url", url);
        assertThat(answer.exit()).isEqualTo(2);
        assertThat(answer.err())
                .contains(
                        "ENT-071",
                        "database.url",
                        "write a JDBC URL of a PostgreSQL database, such as jdbc:postgresql://")
                .doesNotContain("secret\"", "\tat ");
    }

    @ParameterizedTest
    @CsvSource({
        "--jdbc-password, hunter2, --jdbc-password-file",
        "--set, database.password=hunter2, --jdbc-password-file",
        "--jdbc-url, jdbc:postgresql://127.0.0.1:1/x?password=hunter2, database.passwordFile",
        "--jdbc-url, postgres://me:hunter2@db/shop, separate settings",
        "--jdbc-url, postgres://me:hunter2/@db/shop, separate settings",
        "--jdbc-url, jdbc:postgresql://me:hunter2@127.0.0.1:1/shop, database.passwordFile",
        "--jdbc-url, jdbc:postgresql://me:hunter2@db/shop, database.passwordFile",
        "--jdbc-url, jdbc:postgresql://me:hunter2/@db/shop, database.passwordFile",
    })
    void a_password_that_process_lists_can_show_is_refused(String flag, String value, String way) {
        Cli answer = Cli.run("server", flag, value);
        assertThat(answer.exit()).isEqualTo(2);
        assertThat(answer.err()).contains("ENT-071", way).doesNotContain("hunter2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"list", "retry"})
    void a_service_database_password_in_the_arguments_is_refused(String command) {
        String url = "jdbc:postgresql://127.0.0.1:1/none?user=unknown";
        for (String[] flags : new String[][] {
            {"--jdbc", url, "--password", "hunter2"},
            {"--jdbc", url, "--password=hunter2"},
            {"--jdbc", url + "&password=hunter2"},
        }) {
            String[] all = command.equals("retry") ? Cli.with(flags, "--all") : flags;
            Cli answer = Cli.run(Cli.with(all, "outbox", command));
            assertThat(answer.exit()).isEqualTo(2);
            assertThat(answer.err()).contains("--password-file FILE").doesNotContain("hunter2");
        }
    }

    @Test
    void a_password_prompt_requires_a_terminal_and_a_missing_password_file_is_named() {
        String url = "jdbc:postgresql://127.0.0.1:1/none?user=unknown";
        Cli prompted = Cli.run("outbox", "list", "--jdbc", url, "--password");
        assertThat(prompted.exit()).isEqualTo(2);
        assertThat(prompted.err()).contains("there is none", "--password-file FILE");
        Cli file = Cli.run("outbox", "list", "--jdbc", url, "--password-file", "/no/such/file");
        assertThat(file.exit()).isEqualTo(2);
        assertThat(file.err()).contains("/no/such/file cannot be read");
    }

    private static Cli submit(String plan, String... more) {
        return Cli.fed(plan, Cli.with(more, "tx", "submit", "-f", "-", "--target", plain.target()));
    }

    @Test
    void a_YAML_plan_is_refused_with_a_reference_to_the_examples() {
        Cli answer = submit("gid: order-1\nname: checkout\nsaga:\n  steps:\n  - id: a\n");
        assertThat(answer.exit()).isEqualTo(4);
        assertThat(answer.err()).contains("a plan must be a JSON object").contains("entente tx example");
    }

    @Test
    void a_plan_that_is_too_large_is_reported_with_the_limit() {
        Cli answer = submit("""
            {"gid":"w-large","name":"w","saga":{"steps":[{"id":"a","no_undo":true,
              "action":{"http":{"participant":"shop","path":"/x"},"json":{"l":"%s"}}}]}}\
            """.formatted("x".repeat(5_600_000)));
        assertThat(answer.exit()).isEqualTo(3);
        assertThat(answer.err())
                .startsWith("a message to or from the coordinator at")
                .contains("is too large (gRPC message exceeds maximum size 5242880", "limits.plan")
                .hasLineCount(1);
    }

    @Test
    void a_mistyped_method_is_refused_with_the_nearest_name() {
        Cli answer = submit("""
            {"name":"x","saga":{"steps":[{"id":"a","no_undo":true,
              "action":{"grpc":"shop/grpc.health.v1.Health/Chekc","json":{}}}]}}\
            """, "--validate-only");
        assertThat(answer.exit()).isEqualTo(4);
        assertThat(answer.err()).contains("ENT-024", "did you mean grpc.health.v1.Health/Check?");
    }

    @Test
    void validate_only_reports_all_mistakes_of_a_plan_and_its_bodies_together() {
        String plan = """
            {"gid":"not a gid","name":"Not A Name","saga":{"steps":[
              {"id":"a","no_undo":true,"action":{"grpc":"shop/grpc.health.v1.Health/Check","json":{"servize":"x"}}},
              {"id":"a","no_undo":true,"action":{"grpc":"unknown/a.B/C","json":{}}},
              {"id":"b","after":["nowhere"],"action":{"grpc":"shop/grpc.health.v1.Health/Check","raw":""}}]}}\
            """;
        Cli answer = submit(plan, "--validate-only");
        assertThat(answer.exit()).isEqualTo(4);
        Map<String, String> reported = new TreeMap<>();
        answer.err()
                .lines()
                .map(String::strip)
                .filter(line -> line.startsWith("ENT-0"))
                .forEach(line -> {
                    String[] words = line.split("[ :]+", 3);
                    reported.merge(words[0], words.length > 1 ? words[1] : "", (first, second) -> first + " " + second);
                });
        assertThat(reported.keySet())
                .as(answer.err())
                .contains("ENT-010", "ENT-011", "ENT-013", "ENT-014", "ENT-016", "ENT-020", "ENT-025");
        assertThat(reported.get("ENT-014")).as("listed once").doesNotContain(" ");
        Cli json = submit(plan, "--validate-only", "-o", "json");
        assertThat(json.exit()).isEqualTo(4);
        assertThat(json.json().getAsJsonObject("error").getAsJsonArray("violations"))
                .extracting(each -> each.getAsJsonObject().get("code").getAsString())
                .containsAll(reported.keySet());
        assertThat(json.out()).contains("plan.saga.steps[1]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 403 Forbidden", "HTTP/1.1 407 Proxy Authentication Required", ""})
    void a_proxy_that_refuses_is_named_with_the_property_that_excludes_the_coordinator(String status) throws Exception {
        try (ServerSocket proxy = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                while (true) {
                    try (Socket client = proxy.accept()) {
                        client.getInputStream().read(new byte[1024]);
                        client.getOutputStream().write((status + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
                    } catch (IOException closed) {
                        return;
                    }
                }
            });
            System.setProperty("https.proxyHost", "127.0.0.1");
            System.setProperty("https.proxyPort", Integer.toString(proxy.getLocalPort()));
            Cli answer = Cli.run("tx", "count", "--target", "coordinator.example:7790");
            assertThat(answer.exit()).isEqualTo(3);
            assertThat(answer.err())
                    .contains(
                            "the proxy 127.0.0.1:" + proxy.getLocalPort(),
                            "https.proxyHost",
                            "-Dhttp.nonProxyHosts='localhost|127.*|[::1]|coordinator.example'")
                    .doesNotContain("Channel Pipeline", "Handler");
        } finally {
            System.clearProperty("https.proxyHost");
            System.clearProperty("https.proxyPort");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void reconcile_exits_3_if_the_barrier_of_a_participant_cannot_be_read(boolean isUp) {
        String target = "127.0.0.1:" + (isUp ? shop.getPort() : 1);
        String[] reconcile = {"reconcile", "--target", plain.target(), "--participant", "bank=" + target};
        Cli text = Cli.run(reconcile);
        assertThat(text.exit()).isEqualTo(3);
        assertThat(text.err())
                .contains("the barrier of 'bank' at " + target, isUp ? "UNIMPLEMENTED" : "UNAVAILABLE")
                .doesNotContain("Exception", "\tat ");
        Cli json = Cli.run(Cli.with(new String[] {"-o", "json"}, reconcile));
        assertThat(json.exit()).isEqualTo(3);
        assertThat(json.err()).isEmpty();
        assertThat(json.json().getAsJsonObject("error").get("code").isJsonNull())
                .isTrue();
        assertThat(json.message()).contains("the barrier of 'bank'");
    }

    @Test
    void a_missing_plan_file_is_a_usage_error() {
        String missing = folder.resolve("plan.json").toString();
        Cli answer = Cli.run("tx", "submit", "-f", missing, "--target", plain.target());
        assertThat(answer.exit()).isEqualTo(2);
        assertThat(answer.err())
                .contains("the file " + missing + " does not exist")
                .doesNotContain("\tat ");
    }

    @ParameterizedTest
    @CsvSource({"json, no descriptors of a.Shop/Pay", "raw, the query at --jdbc"})
    void a_check_exits_3_if_the_participant_or_the_database_is_unreachable(String body, String said) throws Exception {
        Path plan = Files.writeString(
                folder.resolve(body + ".json"), """
                    {"gid":"w-check","name":"w","saga":{"steps":[{"id":"a","no_undo":true,
                      "action":{"grpc":"shop/a.Shop/Pay",%s}}]}}\
                    """.formatted(body.equals("raw") ? "\"raw\":\"\"" : "\"json\":{}"));
        Cli answer = check(plan, "127.0.0.1:1");
        assertThat(answer.exit()).as(answer.err()).isEqualTo(3);
        assertThat(answer.err()).isEmpty();
        assertThat(answer.message()).contains(said);
    }

    @Test
    void a_check_repeats_a_request_that_a_participant_did_not_answer() throws Exception {
        AtomicInteger questions = new AtomicInteger();
        io.grpc.Server slow = TextService.onAnyPort()
                .addService(new HealthStatusManager().getHealthService())
                .addService(ProtoReflectionServiceV1.newInstance())
                .intercept(new ServerInterceptor() {
                    @Override
                    public <Q, A> ServerCall.Listener<Q> interceptCall(
                            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
                        return questions.getAndIncrement() == 0
                                ? new ServerCall.Listener<>() {}
                                : next.startCall(call, headers);
                    }
                })
                .build()
                .start();
        try {
            Path plan = Files.writeString(folder.resolve("slow.json"), """
                {"gid":"w-slow","name":"w","saga":{"steps":[{"id":"a","no_undo":true,
                  "action":{"grpc":"shop/grpc.health.v1.Health/Check","json":{"servize":"x"}}}]}}\
                """);
            Cli answer = check(plan, TextService.target(slow));
            assertThat(answer.exit()).as(answer.out()).isEqualTo(2);
            assertThat(answer.err()).contains("servize");
            assertThat(questions).hasValueGreaterThan(1);
        } finally {
            slow.shutdownNow();
        }
    }

    private static Cli check(Path plan, String shop) {
        return Cli.run(
                "participant",
                "check",
                "--plan",
                plan.toString(),
                "--participant",
                "shop=" + shop,
                "--jdbc",
                "jdbc:postgresql://127.0.0.1:1/none?user=unknown",
                "--query",
                "select 1",
                "-o",
                "json");
    }
}
