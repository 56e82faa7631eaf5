package dev.entente.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.entente.server.app.Main;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** Verifies the files that start a coordinator against the code, the settings and the documents. */
class DeployTest {
    private static final Path ROOT = Path.of("..");
    private static final String COLLECTOR = "-XX:+UseParallelGC";

    private static final Pattern MOUNTED_FOLDER = Pattern.compile("target: (\\S+)");

    private static final Pattern VARIABLE = Pattern.compile("ENTENTE_[A-Z_]+");
    private static final Pattern GRACE = Pattern.compile("terminationGracePeriodSeconds: (\\d+)");

    private static final Pattern PROJECT_VERSION =
            Pattern.compile("<artifactId>entente</artifactId>\\s*<version>(.*)</version>");

    private static final Pattern TOKEN_FILE = Pattern.compile("ENTENTE_AUTH_TOKEN_FILE: (\\S+)");

    @Test
    void the_server_options_exit_on_out_of_memory_and_match_the_benchmark() throws IOException {
        List<String> options = optionsOfServers();
        assertThat(options).contains(COLLECTOR, "-XX:+ExitOnOutOfMemoryError");
        assertThat(Files.readString(
                        ROOT.resolve("verify/bench/src/main/java/dev/entente/bench/load/EntenteServer.java")))
                .contains(options.stream().limit(3).collect(Collectors.joining(",")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "entente",
                "deploy/oci/image",
                "deploy/entente.service",
                "deploy/entente.sh",
                "deploy/aot.sh",
                "docs/operations.md"
            })
    void the_server_options_are_defined_only_in_server_jvm(String file) throws IOException {
        assertThat(Files.readString(ROOT.resolve(file))).contains("server.jvm").doesNotContain(COLLECTOR);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"entente", "deploy/entente.sh", "deploy/aot.sh", "docs/kubernetes.md", "docs/operations.md"})
    void the_command_options_are_defined_only_in_commands_jvm(String file) throws IOException {
        assertThat(Files.readString(ROOT.resolve(file)))
                .contains("commands.jvm")
                .doesNotContain("-XX:TieredStopAtLevel");
    }

    private static List<String> optionsOfServers() throws IOException {
        return Files.readAllLines(ROOT.resolve("deploy/server.jvm")).stream()
                .filter(line -> line.startsWith("-"))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"deploy/kubernetes.yaml", "deploy/docker-compose.yaml"})
    void every_variable_of_a_deployment_is_a_documented_setting(String file) throws IOException {
        String settings = Files.readString(ROOT.resolve("docs/configuration.md"));
        assertThat(VARIABLE.matcher(Files.readString(ROOT.resolve(file))).results())
                .hasSizeGreaterThan(8)
                .allSatisfy(variable -> assertThat(settings).contains("`" + variable.group()));
    }

    @Test
    void the_kubernetes_example_is_valid_and_allows_time_for_a_drain() throws IOException {
        String example = Files.readString(ROOT.resolve("deploy/kubernetes.yaml"));
        List<String> kinds = new ArrayList<>();
        new Yaml(new SafeConstructor(new LoaderOptions()))
                .loadAll(example)
                .forEach(part -> kinds.add(String.valueOf(((Map<?, ?>) part).get("kind"))));
        assertThat(kinds).containsExactly("Service", "PodDisruptionBudget", "Deployment");
        assertThat(Integer.parseInt(only(GRACE, example))).isGreaterThan(30);
    }

    @Test
    void the_systemd_unit_reports_no_ENT_076_on_this_java() throws Exception {
        ProcessResult current = start(Path.of(System.getProperty("java.home")));
        assertThat(current.exit()).as(current.text()).isEqualTo(2);
        assertThat(current.text()).contains("/etc/entente/entente.yaml").doesNotContain("VM", "[error]");
        assertThat(Files.readString(ROOT.resolve("deploy/entente.service")))
                .containsPattern("RestartPreventExitStatus=.*\\b6\\b");
    }

    /** Uses every older JDK on this machine; is skipped if there is none. */
    @Test
    void the_systemd_unit_reports_ENT_076_on_an_older_java() throws Exception {
        List<Path> olderJdks = olderJdks();
        assumeThat(olderJdks).as("JDKs 17 to 24 in /usr/lib/jvm").isNotEmpty();
        for (Path older : olderJdks) {
            ProcessResult result = start(older);
            assertThat(result.exit()).as(older + ": " + result.text()).isEqualTo(6);
            assertThat(result.text()).contains("ENT-076").doesNotContain("VM option", "[error]");
        }
    }

    @Test
    void java_17_can_load_the_main_class() throws IOException {
        try (DataInputStream main =
                new DataInputStream(Objects.requireNonNull(Main.class.getResourceAsStream("Main.class")))) {
            assertThat(main.readInt()).isEqualTo(0xCAFEBABE);
            main.skipNBytes(2);
            assertThat(main.readUnsignedShort()).as("version of the class file").isLessThanOrEqualTo(61);
        }
    }

    private record ProcessResult(int exit, String text) {}

    /** Runs the command of the unit, with the class path of the tests instead of the jar. */
    private static ProcessResult start(Path jdk) throws Exception {
        List<String> command = Files.readAllLines(ROOT.resolve("deploy/entente.service")).stream()
                .filter(line -> line.startsWith("ExecStart="))
                .map(line -> line.substring("ExecStart=".length()))
                .flatMap(line -> Stream.of(line.split(" ")))
                .map(word -> word.replace("@/opt/entente/", "@" + ROOT.resolve("deploy") + "/"))
                .collect(Collectors.toCollection(ArrayList::new));
        command.set(0, jdk.resolve("bin/java").toString());
        int jar = command.indexOf("-jar");
        command.set(jar, "-cp");
        command.set(jar + 1, System.getProperty("java.class.path"));
        command.add(jar + 2, "dev.entente.server.app.Main");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new ProcessResult(process.waitFor(), text);
    }

    private static List<Path> olderJdks() throws IOException {
        Path folder = Path.of("/usr/lib/jvm");
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> jdks = Files.list(folder)) {
            return jdks.filter(jdk -> Files.isExecutable(jdk.resolve("bin/java")))
                    .filter(jdk -> release(jdk)
                            .map(version -> version >= 17 && version < 25)
                            .orElse(false))
                    .toList();
        }
    }

    /** Returns the feature version from the file {@code release} of a JDK. */
    private static Optional<Integer> release(Path jdk) {
        try {
            return Pattern.compile("JAVA_VERSION=\"(\\d+)")
                    .matcher(Files.readString(jdk.resolve("release")))
                    .results()
                    .map(found -> Integer.valueOf(found.group(1)))
                    .findFirst();
        } catch (IOException none) {
            return Optional.empty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "kubernetes.yaml, 'image: entente:'",
        "docker-compose.yaml, 'image: entente:'",
        "helm/entente/Chart.yaml, 'version: '",
        "helm/entente/Chart.yaml, 'appVersion: '"
    })
    void a_deployment_uses_the_version_of_the_sources(String file, String prefix) throws IOException {
        String version = only(PROJECT_VERSION, Files.readString(ROOT.resolve("pom.xml")));
        assertThat(Files.readString(ROOT.resolve("deploy").resolve(file))).contains(prefix + version + "\n");
    }

    @Test
    void the_compose_file_mounts_the_folder_of_the_token_file() throws IOException {
        String compose = Files.readString(ROOT.resolve("deploy/docker-compose.yaml"));
        Path read = Path.of(only(TOKEN_FILE, compose));
        assertThat(Objects.requireNonNull(read.getParent())).isEqualTo(Path.of(only(MOUNTED_FOLDER, compose)));
    }

    private static String only(Pattern pattern, String text) {
        List<MatchResult> found = pattern.matcher(text).results().toList();
        assertThat(found).as(pattern.pattern()).hasSize(1);
        return found.getFirst().group(1);
    }
}
