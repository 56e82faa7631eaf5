package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.core.plan.Limits;
import dev.entente.core.transaction.CallPolicy;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Role;
import dev.entente.server.WrittenPage;
import dev.entente.server.app.Settings.Given;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.engine.EngineSettings;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.ParticipantConfig.Verdict;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.StartupFailure;
import io.grpc.Status;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationTest {
    @TempDir
    private Path folder;

    private Path file(String... lines) throws IOException {
        return Files.write(folder.resolve("entente.yaml"), List.of(lines));
    }

    private static Configuration of(Path file) {
        return Configuration.of(Settings.gather(file, Map.of(), Map.of()));
    }

    private static Configuration of(Map<String, String> flags) {
        return LocalServer.configuration(flags);
    }

    @Test
    void settings_have_defaults() {
        Configuration standard = of(Map.of());
        assertThat(standard.grpc().getPort()).isEqualTo(7790);
        assertThat(standard.http().getPort()).isEqualTo(7789);
        assertThat(standard.grpc().getAddress().isLoopbackAddress()).isTrue();
        assertThat(standard.get(Setting.LEASE)).isEqualTo(Duration.ofSeconds(10));
        assertThat(standard.get(Setting.RETENTION_FINISHED)).isEqualTo(Duration.ofDays(14));
        assertThat(standard.limits().limits()).isEqualTo(Limits.STANDARD);
        assertThat(standard.calls(Setting.CALLS_FORWARD_ATTEMPTS)).isEqualTo(CallPolicy.standard(Role.FORWARD));
        assertThat(standard.calls(Setting.CALLS_SETTLING_ATTEMPTS)).isEqualTo(CallPolicy.standard(Role.UNDO));
        assertThat(standard.participants()).isEmpty();
        assertThat(standard.node()).isNotEmpty();
    }

    @Test
    void a_flag_overrides_the_environment_and_the_environment_overrides_the_file() throws IOException {
        Path file = file("lease: 1s", "drain: 1s", "node: from-file");
        Map<String, String> environment = Map.of("ENTENTE_LEASE", "2s", "ENTENTE_DRAIN", "2s");
        Map<String, Given> flags = Map.of("lease", new Given("3s", "--set"));
        Configuration configuration = Configuration.of(Settings.gather(file, environment, flags));
        assertThat(configuration.get(Setting.LEASE)).isEqualTo(Duration.ofSeconds(3));
        assertThat(configuration.get(Setting.DRAIN)).isEqualTo(Duration.ofSeconds(2));
        assertThat(configuration.node()).isEqualTo("from-file");
    }

    @Test
    void keys_may_be_nested_or_dotted() throws IOException {
        assertThat(of(file("grpc:", "  port: 7001")).grpc().getPort()).isEqualTo(7001);
        assertThat(of(file("grpc.port: \"7002\"")).grpc().getPort()).isEqualTo(7002);
    }

    @Test
    void an_unknown_key_is_refused_with_the_nearest_known_key() throws IOException {
        Path file = file("grpc:", "  prot: 7001", "retention:", "  finnished: 3d");
        assertThatThrownBy(() -> of(file))
                .isInstanceOfSatisfying(
                        StartupFailure.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.UNKNOWN_KEY))
                .hasMessageContaining("'grpc.prot' (entente.yaml)")
                .hasMessageContaining("did you mean 'grpc.port'?")
                .hasMessageContaining("did you mean 'retention.finished'?");
    }

    @Test
    void all_invalid_values_are_reported_at_once_with_source_and_format() {
        assertThatThrownBy(() -> of(Map.of(
                        "lease", "10 parsecs",
                        "grpc.port", "99999",
                        "limits.plan", "big",
                        "http.trustedProxies", "proxy.internal",
                        "http.userHeader", "Cookie",
                        "http.userRoles", "*=viewer,ann@shop.example=submitter",
                        "database.replication", "maybe",
                        "database.migrate", "ja")))
                .isInstanceOfSatisfying(
                        StartupFailure.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.BAD_VALUE))
                .hasMessageContaining("lease = '10 parsecs' (--set): write a duration as 250ms")
                .hasMessageContaining("grpc.port = '99999'")
                .hasMessageContaining("limits.plan = 'big'")
                .hasMessageContaining(
                        "'proxy.internal' is not a valid network; write 10.0.0.0/8, fd00::/8 or one address")
                .hasMessageContaining("http.userHeader = 'Cookie' (--set): write the name of a header")
                .hasMessageContaining("'ann@shop.example=submitter': participants know submitters")
                .hasMessageContaining("write one of: asynchronous, synchronous")
                .hasMessageContaining("write true or false");
    }

    @Test
    void a_file_that_is_not_yaml_is_refused() throws IOException {
        Path file = file("lease: [1s");
        assertThatThrownBy(() -> of(file)).hasMessageContaining("ENT-071").hasMessageContaining("not valid YAML");
        Path latin = Files.write(
                folder.resolve("latin.yaml"), "# f\u00fcr\nlease: 5s\n".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> of(latin))
                .hasMessageContaining("the file is not text in UTF-8")
                .hasMessageNotContaining("YAML");
        Path list = file("- lease", "- drain");
        assertThatThrownBy(() -> of(list)).hasMessageContaining("key: value");
    }

    @Test
    void a_password_is_never_printed() {
        assertThat(of(Map.of("database.password", "hunter2")).database().toString())
                .doesNotContain("hunter2");
    }

    @Test
    void a_password_may_come_from_a_file_that_changes() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "hunter2\n");
        assertThat(of(Map.of("database.passwordFile", secret.toString()))
                        .database()
                        .password())
                .isEqualTo("hunter2");
        DatabaseSettings settings =
                of(Map.of("database.passwordFile", secret.toString())).database();
        Files.writeString(secret, "rotated\n");
        assertThat(settings.password()).isEqualTo("rotated");
        Files.writeString(secret, "");
        assertThat(settings.password()).as("while the file is replaced").isEqualTo("rotated");
        Files.delete(secret);
        assertThat(settings.password()).isEqualTo("rotated");
        assertThatThrownBy(() ->
                        of(Map.of("database.passwordFile", "/no/such/file")).database())
                .hasMessageContaining("ENT-071")
                .hasMessageContaining("/no/such/file");
    }

    @Test
    void a_file_without_the_right_to_read_names_the_user() {
        assertThat(TextFile.advice(Path.of("pom.xml"), new AccessDeniedException("pom.xml")))
                .isEqualTo(
                        "permission denied; the user '%s' needs the right to read it", System.getProperty("user.name"));
    }

    @Test
    void a_bind_beyond_loopback_needs_tokens() {
        for (String key : List.of("grpc.bind", "http.bind")) {
            assertThatThrownBy(() -> of(Map.of(key, "0.0.0.0")))
                    .isInstanceOfSatisfying(StartupFailure.class, failure -> {
                        assertThat(failure.code()).isEqualTo(ErrorCode.OPEN_BIND);
                        assertThat(failure.code().exitCode()).isEqualTo(5);
                    })
                    .hasMessageContaining(key);
        }
        assertThat(of(Map.of("grpc.advertise", "[10.0.0.7]:7790")).advertised(1))
                .isEqualTo("10.0.0.7:7790");
        assertThat(of(Map.of("grpc.advertise", "[fd00::7]:7790")).advertised(1)).isEqualTo("[fd00::7]:7790");
        assertThat(of(Map.of("grpc.bind", "0.0.0.0", "auth.tokenFile", "tokens", "grpc.advertise", "a:1"))
                        .advertised(7790))
                .isEqualTo("a:1");
    }

    @Test
    void an_empty_list_of_participants_is_valid() {
        Settings settings = Settings.gather(null, Map.of("ENTENTE_PARTICIPANTS", ""), Map.of());
        assertThat(Configuration.of(settings).participants()).isEmpty();
    }

    @Test
    void participants_come_from_file_environment_and_flags() throws IOException {
        Path token = Files.writeString(folder.resolve("token"), "t0ken");
        Path file = file(
                "participants:",
                "  stock: localhost:7801",
                "  payment:",
                "    target: localhost:7802",
                "    maxInFlight: 8",
                "    maxResponse: 2MiB",
                "    tokenFile: " + token,
                "    outcomes: {NOT_FOUND: UNKNOWN, aborted: failed}",
                "    tls: {authority: pay.shop.internal}");
        Map<String, String> environment = Map.of("ENTENTE_PARTICIPANTS", "points=localhost:7804");
        Map<String, Given> flags = Map.of("participants.stock.target", new Given("localhost:9", "--participant"));
        List<ParticipantConfig> participants =
                Configuration.of(Settings.gather(file, environment, flags)).participants();
        assertThat(participants).extracting(ParticipantConfig::name).containsExactly("payment", "points", "stock");
        assertThat(participants.getLast().target()).isEqualTo("localhost:9");
        ParticipantConfig payment = participants.getFirst();
        assertThat(payment.maxInFlight()).isEqualTo(8);
        assertThat(payment.maxResponseBytes()).isEqualTo(2 << 20);
        assertThat(payment.overrides())
                .containsOnly(
                        Map.entry(Status.Code.NOT_FOUND, Verdict.UNKNOWN),
                        Map.entry(Status.Code.ABORTED, Verdict.FAILED));
        assertThat(payment.bearerToken()).isNotNull();
        assertThat(payment.tls()).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "participants.pay.tokenFile",
                "participants.pay.signingKeyFile",
                "participants.pay.tls.trusted",
                "participants.pay.descriptorSet",
                "auth.tokenFile",
                "connectors.directory"
            })
    void a_file_name_that_the_process_cannot_use_is_refused(String key) throws IOException {
        Path file = file("participants.pay.target: 127.0.0.1:1", key + ": \"a\\0b\"");
        assertThatThrownBy(() -> of(file))
                .isInstanceOf(StartupFailure.class)
                .hasMessageContainingAll("ENT-071", key, "this process cannot use the file name", "LC_ALL=C.UTF-8");
    }

    @Test
    void a_participant_whose_target_is_a_url_is_called_over_http() {
        ParticipantConfig billing = of(Map.of(
                        "calls.stream", "on",
                        "participants.billing.target", "https://billing:8443/api",
                        "participants.billing.tls.trusted", "ca.pem",
                        "participants.billing.outcomes.422", "rejected"))
                .participants()
                .getFirst();
        assertThat(billing.isHttp()).isTrue();
        assertThat(billing.streams()).isFalse();
        assertThat(billing.httpOverrides()).containsOnly(Map.entry(422, Verdict.REJECTED));
    }

    @Test
    void a_participant_with_a_signing_key_is_called_over_a_stream_too(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("key"), "0123456789abcdef\n");
        Map<String, String> settings =
                Map.of("participants.crm.target", "a:1", "participants.crm.signingKeyFile", file.toString());
        ParticipantConfig crm = of(settings).participants().getFirst();

        assertThat(crm.signingKey()).extracting(ParticipantConfig.Secret::value).isEqualTo("0123456789abcdef");
        assertThat(crm.streams()).isTrue();
        Files.writeString(file, "too short");
        assertThatThrownBy(() -> of(settings).participants()).hasMessageContaining("fewer than 16 characters");
    }

    @ParameterizedTest
    @CsvSource({
        "telemetry.debug.gid, order-1;order/2, 'order/2'",
        "telemetry.debug.gid, 1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17, at most 16 gids",
        "telemetry.slow, fast, write a duration"
    })
    void a_bad_setting_of_the_log_is_refused(String key, String value, String solution) {
        assertThatThrownBy(() -> of(Map.of(key, value.replace(';', ','))))
                .isInstanceOf(StartupFailure.class)
                .hasMessageContainingAll("ENT-071", key, solution);
    }

    @Test
    void an_unknown_format_of_the_log_is_refused() {
        System.setProperty("ENTENTE_LOG_FORMAT", "xml");
        try {
            assertThatThrownBy(() -> of(Map.of()))
                    .isInstanceOf(StartupFailure.class)
                    .hasMessageContainingAll("ENT-071", "ENTENTE_LOG_FORMAT = 'xml'", "text, json");
        } finally {
            System.clearProperty("ENTENTE_LOG_FORMAT");
        }
    }

    @Test
    void headers_that_plans_may_send_are_read_in_lower_case() {
        ParticipantConfig crm = of(Map.of(
                        "participants.crm.target", "http://a:1", "participants.crm.headers", "X-Shop, x-api-key"))
                .participants()
                .getFirst();
        assertThat(crm.headers()).containsExactlyInAnyOrder("x-shop", "x-api-key");
    }

    @Test
    void open_bytes_default_to_two_fifths_of_the_heap() {
        assertThat(engine(Map.of()).maxOpenBytes())
                .isEqualTo(Runtime.getRuntime().maxMemory() / 5 * 2);
        assertThat(engine(Map.of("limits.openBytes", "20GiB")).maxOpenBytes()).isEqualTo(20L << 30);
    }

    private static EngineSettings engine(Map<String, String> given) {
        return of(given).engine(PlanCodec.standard());
    }

    /** Rewrites the table with {@code -Dentente.docs.write=true}. */
    @Test
    void every_setting_has_its_row_in_the_documentation() throws IOException {
        String table = Setting.all().stream().map(ConfigurationTest::row).collect(Collectors.joining());
        WrittenPage.hold("configuration.md", page -> {
            ParticipantSettings.KEYS.forEach(key -> assertThat(page).contains("| `" + key + "` |"));
            return WrittenPage.withTable(page, "| `node` |", table);
        });
    }

    private static String row(Setting<?> setting) {
        assertThat(setting.environment()).matches("ENTENTE_[A-Z_]+");
        return "| `%s` | %s | %s | `%s` |\n"
                .formatted(
                        setting.key(),
                        setting.standard().isEmpty() ? "" : "`" + setting.standard() + "`",
                        setting.meaning(),
                        setting.environment());
    }

    @Test
    void there_are_at_most_50_settings() {
        assertThat(Setting.all()).hasSizeLessThanOrEqualTo(50);
    }

    @Test
    void the_example_configuration_is_valid_and_names_every_setting() throws IOException {
        Path example = Path.of("../deploy/entente.yaml");
        Configuration configuration = of(example);
        assertThat(configuration.participants())
                .extracting(ParticipantConfig::name)
                .contains("stock", "payment");
        String commented = Files.readString(example);
        for (Setting<?> setting : Setting.all()) {
            assertThat(commented).contains(setting.key().substring(setting.key().lastIndexOf('.') + 1) + ":");
        }
    }

    /** Verifies that each setting that is commented out in the example shows its default. */
    @Test
    void the_example_configuration_shows_the_real_defaults() throws IOException {
        Pattern line = Pattern.compile("( *)# ?( *)(\\w+):(?: +([^#{\\[]*?))?(?: +#.*)?");
        Pattern plain = Pattern.compile("()( *)(\\w+):(?: +([^#]*?))?(?: +#.*)?");
        Map<String, String> standards = Setting.all().stream()
                .filter(setting -> !setting.standard().isEmpty())
                .collect(Collectors.toMap(Setting::key, Setting::standard));
        String section = "";
        List<String> compared = new ArrayList<>();
        for (String each : Files.readAllLines(Path.of("../deploy/entente.yaml"))) {
            Matcher commented = line.matcher(each);
            Matcher found = commented.matches() ? commented : plain.matcher(each);
            if (!found.matches()) {
                continue;
            }
            boolean isTop = found.group(1).isEmpty() && found.group(2).isEmpty();
            section = isTop ? found.group(3) : section;
            String key = isTop ? found.group(3) : section + "." + found.group(3);
            String value = found.group(4);
            if (commented.matches() && value != null && !value.isBlank() && standards.containsKey(key)) {
                assertThat(value.strip()).as(key).isEqualTo(standards.get(key));
                compared.add(key);
            }
        }
        assertThat(compared)
                .contains("calls.stream", "calls.timeout", "lease", "limits.open")
                .hasSizeGreaterThanOrEqualTo(20);
    }

    @Test
    void a_user_header_needs_trusted_proxies_and_tokens() {
        assertThatThrownBy(() -> of(Map.of("http.userHeader", "X-User", "auth.tokenFile", "tokens")))
                .hasMessageContaining("ENT-071")
                .hasMessageContaining("http.userHeader is set, but http.trustedProxies is not");
        assertThatThrownBy(() -> of(Map.of("http.userHeader", "X-User", "http.trustedProxies", "10.0.0.7")))
                .hasMessageContaining("http.userHeader is set, but auth.tokenFile is not");
    }

    @Test
    void a_certificate_and_key_enable_tls() {
        assertThat(of(Map.of("grpc.tls.certificate", "c.pem", "grpc.tls.key", "k.pem"))
                        .tls())
                .isNotNull();
        assertThat(of(Map.of()).tls()).isNull();
    }
}
