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

/** Tests that no mistake in a setting passes in silence: each is refused with its place and a way out. */
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
    void a_server_starts_with_the_longest_durations_that_are_accepted() {
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
        "targets.allow, foo, '''foo'' is no host:port'",
        "targets.allow, 'stock:1,bar', '''bar'' is no host:port'",
        "targets.allow, a*:1, '''a*:1'' is no host:port'",
        "limits.payload, 0, at least 1B",
        "limits.plan, 0MiB, at least 1B",
        "limits.openBytes, 0, 'it leaves room for nothing; write a size such as 512MiB'",
        "lease, 0s, 'it leaves no time at all; write at least 1ms'",
        "retention.finished, 23h, 'it is too short: '",
        "grpc.bind, [::1, 'it is no address of this machine; write 127.0.0.1 or 0.0.0.0'",
        "database.pool, 1, at least 2",
        "database.pool, -3, at least 2",
        "node, a b, with no blank",
        "node, ' ', with no blank",
    })
    void a_value_that_cannot_work_is_refused(String key, String value, String wayOut) {
        refused(ErrorCode.BAD_VALUE, Map.of(key, value))
                .hasMessageContaining(key + " = '" + value + "' (--set): ")
                .hasMessageContaining(wayOut);
    }

    @ParameterizedTest
    @CsvSource({
        "grpc.advertise, ''",
        "grpc.advertise, [fd00::7]:7790",
        "grpc.advertise, node-1.shop.internal:7790",
        "targets.allow, ''",
        "targets.allow, '*.shop.internal:*, stock:7801,[::1]:80,*:443'",
        "database.pool, 2",
        "node, entente-0.shop.internal",
        "node, ''",
    })
    void a_value_that_works_is_taken(String key, String value) {
        assertThat(of(Map.of(key, value)).node()).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bad Name", "a/b", "a:1", "-a"})
    void a_participant_has_a_name_that_a_plan_can_say(String name) {
        refused(ErrorCode.BAD_VALUE, Map.of("participants." + name + ".target", "localhost:1"))
                .hasMessageContaining("participants '" + name + "' (--set): write a name of letters, digits");
    }

    @Test
    void a_participant_that_is_named_twice_is_refused() {
        assertThatThrownBy(() -> in(Map.of("ENTENTE_PARTICIPANTS", "a=localhost:1,b=localhost:2,a=localhost:3")))
                .hasMessageContaining("ENT-071")
                .hasMessageContaining("ENTENTE_PARTICIPANTS: participant 'a' is named twice")
                .hasMessageContaining("localhost:1")
                .hasMessageContaining("localhost:3");
        Cli server = Cli.run("server", "--participant", "a=localhost:1", "--participant", "a=localhost:2");
        assertThat(server.exit()).isEqualTo(2);
        assertThat(server.err()).contains("ENT-071: --participant: participant 'a' is named twice");
    }

    @Test
    void a_file_that_is_no_descriptor_set_is_refused() throws IOException {
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
    void an_anchor_that_holds_itself_is_refused() {
        assertThatThrownBy(() -> file("grpc: &self", "  port: *self"))
                .hasMessageContaining("ENT-071: entente.yaml: 'grpc.port.port")
                .hasMessageContaining("goes on without end");
    }

    @Test
    void a_key_that_stands_twice_in_the_file_is_refused() {
        assertThatThrownBy(() -> file("grpc.port: 1", "grpc: {port: 2}"))
                .hasMessageContaining("ENT-071")
                .hasMessageContaining("'grpc.port' (entente.yaml) stands there twice");
        assertThatThrownBy(() -> file("participants.stock: a:1", "participants: {stock: {target: b:1}}"))
                .hasMessageContaining("'participants.stock.target' (entente.yaml) stands there twice");
        assertThatThrownBy(() -> file("lease: 1s", "drain: 1s", "lease: 2s"))
                .hasMessageContaining("ENT-071")
                .hasMessageContaining("entente.yaml: a key stands there twice")
                .hasMessageContaining("lease")
                .hasMessageContaining("line 3");
    }

    @Test
    void a_variable_that_is_no_setting_is_refused_with_the_nearest_one() {
        assertThatThrownBy(() -> in(Map.of("ENTENTE_LEASSE", "5s", "ENTENTE_AUTH_TOKENFILE", "/etc/tokens")))
                .isInstanceOfSatisfying(
                        StartupFailure.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.UNKNOWN_KEY))
                .hasMessageContaining("'ENTENTE_LEASSE' (environment) is no setting; did you mean 'ENTENTE_LEASE'?")
                .hasMessageContaining("did you mean 'ENTENTE_AUTH_TOKEN_FILE'?")
                .hasMessageNotContaining("/etc/tokens");
    }

    @Test
    void variables_of_other_programs_are_passed_over_and_those_of_a_service_link_are_not() {
        assertThat(in(Map.of("ENTENTE_TARGET", "a:1", "ENTENTE_TOKEN", "t", "ENTENTEX", "1"))
                        .node())
                .isNotEmpty();
        assertThatThrownBy(() -> in(Map.of("ENTENTE_SERVICE_HOST", "10.0.0.1")))
                .hasMessageContaining("'ENTENTE_SERVICE_HOST' (environment) is no setting");
    }

    @Test
    void every_variable_that_docs_and_scripts_name_is_known() throws IOException {
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
        named.remove("ENTENTE_SERVICE_HOST"); // of Kubernetes
        assertThat(Settings.knownVariables()).containsAll(named);
    }
}
