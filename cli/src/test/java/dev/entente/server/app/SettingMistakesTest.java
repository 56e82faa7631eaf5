package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.server.cli.Cli;
import dev.entente.server.store.StartupFailure;
import dev.entente.server.store.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests that each mistake in a setting is refused with its location and a solution. */
class SettingMistakesTest {
    private static final String LONGEST = "36500d";

    @TempDir
    private Path folder;

    private static Configuration of(Map<String, String> flags) {
        return LocalServer.configuration(flags);
    }

    private static AbstractThrowableAssert<?, ?> refused(ErrorCode code, Map<String, String> flags) {
        return assertThatThrownBy(() -> of(flags))
                .isInstanceOfSatisfying(
                        StartupFailure.class,
                        failure -> assertThat(failure.code()).isEqualTo(code));
    }

    private Configuration file(String... lines) throws IOException {
        Path file = Files.write(folder.resolve("entente.yaml"), List.of(lines));
        return Configuration.of(Settings.gather(file, Map.of(), Map.of()));
    }

    private static Configuration in(Map<String, String> environment) {
        return Configuration.of(Settings.gather(null, environment, Map.of()));
    }

    private static Stream<Setting<?>> durations() {
        return Setting.all().stream()
                .filter(setting ->
                        !setting.standard().isEmpty() && setting.parse(setting.standard()) instanceof Duration);
    }

    @ParameterizedTest
    @MethodSource("durations")
    void a_duration_beyond_a_hundred_years_is_refused(Setting<?> setting) {
        for (String beyond : List.of("36501d", "99999999999d", "999999999999d", "999999999999h")) {
            refused(ErrorCode.BAD_VALUE, Map.of(setting.key(), beyond))
                    .hasMessageContaining(setting.key() + " = '" + beyond + "' (--set): write at most " + LONGEST);
        }
    }

    @Test
    void a_server_starts_with_the_longest_accepted_durations() {
        Map<String, String> settings = LocalServer.settings(TestDatabase.withSchema(), "patient");
        settings.put("database.migrate", "true");
        durations().filter(SettingMistakesTest::isAccepted).forEach(setting -> settings.put(setting.key(), LONGEST));
        assertThat(settings).containsKeys("lease", "drain", "retention.barrier", "retention.finished");
        Server server = LocalServer.start(settings);
        try {
            Cli list = Cli.run("tx", "list", "--target", server.ready().grpc());
            assertThat(list.exit()).as(list.err()).isZero();
        } finally {
            server.drain();
        }
    }

    private static boolean isAccepted(Setting<?> setting) {
        try {
            of(Map.of(setting.key(), LONGEST));
            return true;
        } catch (StartupFailure refused) {
            assertThat(refused.code()).isEqualTo(ErrorCode.BAD_VALUE);
            return false;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "grpc.advertise, foo, 'write host:port, such as'",
        "grpc.advertise, foo:0, 'write host:port, such as'",
        "grpc.advertise, foo:70000, 'write host:port, such as'",
        "grpc.advertise, http://foo:1, 'write host:port, such as'",
        "grpc.advertise, entente_a:7790, 'a host name must not contain an underscore; write host:port'",
        "grpc.advertise, entente_a.shop.internal:7790, 'a host name must not contain an underscore'",
        "grpc.advertise, -entente:7790, 'write host:port, such as'",
        "grpc.advertise, 10.0.0.256:7790, 'write host:port, such as'",
        "grpc.advertise, fd00::5:7790, 'an IPv6 address needs brackets; write host:port'",
        "grpc.advertise, ::1:7790, 'an IPv6 address needs brackets'",
        "grpc.advertise, [fd00::5:7790, 'write host:port, such as'",
        "grpc.advertise, [entente]:7790, 'write host:port, such as'",
        "targets.allow, foo, '''foo'' is not a valid host:port'",
        "targets.allow, 'stock:1,bar', '''bar'' is not a valid host:port'",
        "targets.allow, a*:1, '''a*:1'' is not a valid host:port'",
        "limits.payload, 0, at least 1B",
        "limits.payload, 1025MiB, write a size of at most 1GiB",
        "limits.payload, 999999999999GiB, write a size of at most 1GiB",
        "limits.plan, 2047MiB, write a size of at most 1GiB",
        "limits.plan, 0MiB, at least 1B",
        "limits.openBytes, 0, 'zero is not allowed; write a size such as 512MiB'",
        "lease, 0s, 'zero is not allowed; write at least 1ms'",
        "retention.finished, 23h, 'the value is too short: '",
        "grpc.bind, [::1, 'the value is not an address of this machine; write 127.0.0.1 or 0.0.0.0'",
        "database.url, jdbc:postgresql://db/shop?preferQueryMode=simple, remove preferQueryMode=simple from the URL",
        "database.pool, 1, at least 2",
        "database.pool, -3, at least 2",
        "node, a b, with no blank",
        "node, ' ', with no blank",
    })
    void an_invalid_value_is_refused_with_a_solution(String key, String value, String wayOut) {
        refused(ErrorCode.BAD_VALUE, Map.of(key, value))
                .hasMessageContaining(key + " = '" + value + "' (--set): ")
                .hasMessageContaining(wayOut);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "calls.timeout=2h | timeout",
                "calls.maxBackoff=8d | max_backoff",
                "grpc.tls.certificate=c.pem | grpc.tls.key is not",
                "grpc.tls.key=k.pem | grpc.tls.certificate is not",
                "grpc.tls.trusted=ca.pem | grpc.tls.trusted is set, but the server uses plaintext",
                "http.tls=on | but there is no certificate",
                "participants.p.maxInFlight=3 | no target",
                "participants.p.target=a:1; participants.p.maxInFlight=0 | at least 1",
                "participants.p.target=a:1; participants.p.maxResponse=2047MiB | at most 1GiB",
                "participants.p.target=a:1; participants.p.outcomes.OOPS=FAILED | 'OOPS' is not one of",
                "participants.p.target=a:1; participants.p.tls.certificate=a.pem | belong together",
                "participants.p.target=a:1; participants.p.headers=x-shop | called over HTTP",
                "participants.p.target=a:1; participants.p.topics=orders | kafka://",
                "participants.p.target=http://a:1; participants.p.outcomes.ABORTED=FAILED | 'ABORTED' is not an HTTP"
                        + " status",
                "participants.p.target=http://a:1; participants.p.stream=on | called over gRPC",
                "participants.p.target=http://a:1; participants.p.tls.trusted=ca.pem | https://",
                "participants.p.target=http://a:1; participants.p.topics=orders | kafka://",
                "participants.p.target=http://a:1; participants.p.headers=x shop | 'x shop' is not a valid header name",
                "participants.p.target=kafka:// | kafka://kafka-1:9092,kafka-2:9092",
                "participants.p.target=kafka://kafka | kafka://kafka-1:9092,kafka-2:9092",
                "participants.p.target=kafka://a:1, | kafka://kafka-1:9092,kafka-2:9092",
                "participants.p.target=kafka://a:99999 | kafka://kafka-1:9092,kafka-2:9092",
                "participants.p.target=kafka://a:1/topic | kafka://kafka-1:9092,kafka-2:9092",
                "participants.p.target=kafka://a:1; participants.p.topics=a b | orders.*",
                "participants.p.target=kafka://a:1; participants.p.topics=*orders | orders.*",
                "participants.p.target=kafka://a:1; participants.p.topics=or*ders | orders.*",
                "participants.p.target=kafka://a:1; participants.p.topics=ö | orders.*",
                "participants.p.target=kafka://a:1; participants.p.properties=/nothing | it does not exist",
                "participants.p.target=kafka://a:1; participants.p.signingKeyFile=/key | leave it out for a broker",
                "participants.p.target=kafka://a:1; participants.p.outcomes.UNKNOWN=FAILED | leave it out for a broker",
            })
    void settings_that_conflict_with_each_other_or_with_their_target_are_refused(String settings, String said) {
        Map<String, String> given = Stream.of(settings.split("; "))
                .map(each -> each.split("=", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
        refused(ErrorCode.BAD_VALUE, given).hasMessageContaining(said);
    }

    @Test
    void all_mistakes_are_reported_in_one_error() {
        refused(
                        ErrorCode.BAD_VALUE,
                        Map.of(
                                "lease", "soon",
                                "grpc.bind", "0.0.0.0",
                                "grpc.tls.key", "k.pem",
                                "participants.a.maxInFlight", "3",
                                "participants.b.target", "kafka://"))
                .hasMessageContainingAll(
                        "ENT-071: lease = 'soon'",
                        "participant 'a' has no target",
                        "participants.b.target = 'kafka://'",
                        "grpc.tls.certificate is not",
                        "ENT-075: grpc.bind = '0.0.0.0'");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host",
                "Authorization",
                "cookie",
                "X-Forwarded-Proto",
                "forwarded",
                "entente-gid",
                "te",
                "traceparent"
            })
    void a_header_that_no_plan_may_send_is_refused(String never) {
        refused(
                        ErrorCode.BAD_VALUE,
                        Map.of("participants.p.target", "http://a:1", "participants.p.headers", "a," + never))
                .hasMessageContaining("cannot come from a plan");
    }

    @Test
    void an_unknown_key_is_refused_with_the_nearest_key_or_the_list_of_keys() {
        refused(ErrorCode.UNKNOWN_KEY, Map.of("participants.stock.taget", "a:1"))
                .hasMessageContaining("participants.stock.target");
        refused(ErrorCode.UNKNOWN_KEY, Map.of("colour", "red"))
                .hasMessageContaining("'colour' (--set) is not a setting; docs/configuration.md lists them");
    }

    @ParameterizedTest
    @CsvSource({
        "grpc.advertise, ''",
        "grpc.advertise, [fd00::7]:7790",
        "grpc.advertise, [10.0.0.7]:7790",
        "grpc.advertise, 10.0.0.7:7790",
        "grpc.advertise, entente-a:7790",
        "grpc.advertise, node-1.shop.internal:7790",
        "targets.allow, ''",
        "targets.allow, '*.shop.internal:*, stock:7801,[::1]:80,*:443'",
        "database.pool, 2",
        "node, entente-0.shop.internal",
        "node, ''",
    })
    void a_valid_value_is_accepted(String key, String value) {
        assertThat(of(Map.of(key, value)).node()).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bad Name", "a/b", "a:1", "-a"})
    void a_participant_name_that_plans_cannot_use_is_refused(String name) {
        refused(ErrorCode.BAD_VALUE, Map.of("participants." + name + ".target", "localhost:1"))
                .hasMessageContaining("participants '" + name + "' (--set): write a name of letters, digits");
    }

    @Test
    void a_duplicate_participant_is_refused() {
        assertThatThrownBy(() -> in(Map.of("ENTENTE_PARTICIPANTS", "a=localhost:1,b=localhost:2,a=localhost:3")))
                .hasMessageContaining("ENT-071")
                .hasMessageContaining("ENTENTE_PARTICIPANTS: participant 'a' is configured twice")
                .hasMessageContaining("localhost:1")
                .hasMessageContaining("localhost:3");
        Cli server = Cli.run("server", "--participant", "a=localhost:1", "--participant", "a=localhost:2");
        assertThat(server.exit()).isEqualTo(2);
        assertThat(server.err()).contains("ENT-071: --participant: participant 'a' is configured twice");
        assertThatThrownBy(() -> Settings.participants("stock", "--participant"))
                .hasMessageContaining("name=host:port");
    }

    @Test
    void an_invalid_descriptor_set_file_is_refused() throws IOException {
        Path text = Files.writeString(folder.resolve("hostname"), "some-host\n");
        Path empty = Files.createFile(folder.resolve("empty"));
        for (Path file : List.of(text, empty, folder.resolve("missing"))) {
            refused(
                            ErrorCode.BAD_VALUE,
                            Map.of("participants.p.target", "a:1", "participants.p.descriptorSet", file.toString()))
                    .hasMessageContaining("participants.p.descriptorSet = '" + file + "' (--set)")
                    .hasMessageContaining("protoc --include_imports");
        }
    }

    @Test
    void a_yaml_anchor_that_contains_itself_is_refused() {
        assertThatThrownBy(() -> file("grpc: &self", "  port: *self"))
                .hasMessageContaining("ENT-071: entente.yaml: 'grpc.port.port")
                .hasMessageContaining("…' is too long");
    }

    @Test
    void a_duplicate_key_in_the_file_is_refused() {
        assertThatThrownBy(() -> file("grpc.port: 1", "grpc: {port: 2}"))
                .hasMessageContaining("ENT-071")
                .hasMessageContaining("'grpc.port' (entente.yaml) appears twice");
        assertThatThrownBy(() -> file("participants.stock: a:1", "participants: {stock: {target: b:1}}"))
                .hasMessageContaining("'participants.stock.target' (entente.yaml) appears twice");
        assertThatThrownBy(() -> file("lease: 1s", "drain: 1s", "lease: 2s"))
                .hasMessageContaining("ENT-071")
                .hasMessageContaining("entente.yaml: a key appears twice")
                .hasMessageContaining("lease")
                .hasMessageContaining("line 3");
    }

    @Test
    void an_unknown_variable_is_refused_with_the_nearest_variable() {
        assertThatThrownBy(() -> in(Map.of("ENTENTE_LEASSE", "5s", "ENTENTE_AUTH_TOKENFILE", "/etc/tokens")))
                .isInstanceOfSatisfying(
                        StartupFailure.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.UNKNOWN_KEY))
                .hasMessageContaining("'ENTENTE_LEASSE' (environment) is not a setting; did you mean 'ENTENTE_LEASE'?")
                .hasMessageContaining("did you mean 'ENTENTE_AUTH_TOKEN_FILE'?")
                .hasMessageNotContaining("/etc/tokens");
    }

    @Test
    void variables_of_clients_are_ignored_and_service_link_variables_are_refused() {
        assertThat(in(Map.of("ENTENTE_TARGET", "a:1", "ENTENTE_TOKEN", "t", "ENTENTEX", "1"))
                        .node())
                .isNotEmpty();
        assertThatThrownBy(() -> in(Map.of("ENTENTE_SERVICE_HOST", "10.0.0.1")))
                .hasMessageContaining("'ENTENTE_SERVICE_HOST' (environment) is not a setting");
    }

    @Test
    void every_variable_in_documents_and_scripts_is_known() throws IOException {
        Pattern variable = Pattern.compile("ENTENTE_[A-Z_]*[A-Z]");
        TreeSet<String> named = new TreeSet<>();
        try (Stream<Path> pages = Files.walk(Path.of("../docs"));
                Stream<Path> deployed = Files.list(Path.of("../deploy"))) {
            Stream<Path> scripts = Stream.of("../entente", "../.ci/run", "../CONTRIBUTING.md", "../README.md")
                    .map(Path::of);
            for (Path file : Stream.of(pages.filter(page -> page.toString().endsWith(".md")), deployed, scripts)
                    .flatMap(files -> files)
                    .filter(Files::isRegularFile)
                    .toList()) {
                named.addAll(variable.matcher(Files.readString(file))
                        .results()
                        .map(found -> found.group())
                        .collect(Collectors.toSet()));
            }
        }
        assertThat(named).contains("ENTENTE_NO_BUILD", "ENTENTE_REQUIRE", "ENTENTE_LEASE");
        named.remove("ENTENTE_SERVICE_HOST"); // set by Kubernetes
        assertThat(Settings.knownVariables()).containsAll(named);
    }
}
