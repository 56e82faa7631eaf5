package dev.entente.server;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** Holds the ways in which a coordinator is started against what it relies on. */
class DeployTest {
    private static final Path ROOT = Path.of("..");
    private static final String COLLECTOR = "-XX:+UseParallelGC";

    /** The folder that is mounted, and the file that is read. */
    private static final Pattern MOUNTED = Pattern.compile("target: (\\S+)");

    private static final Pattern VARIABLE = Pattern.compile("ENTENTE_[A-Z_]+");
    private static final Pattern GRACE = Pattern.compile("terminationGracePeriodSeconds: (\\d+)");

    private static final Pattern READ = Pattern.compile("ENTENTE_AUTH_TOKEN_FILE: (\\S+)");

    @Test
    void a_coordinator_without_memory_ends_and_is_compiled_as_it_was_measured() throws IOException {
        List<String> options = optionsOfServers();
        assertThat(options).contains(COLLECTOR, "-XX:+ExitOnOutOfMemoryError");
        assertThat(Files.readString(
                        ROOT.resolve("verify/bench/src/main/java/dev/entente/bench/load/EntenteServer.java")))
                .contains(options.stream().limit(3).collect(Collectors.joining(",")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"entente", "deploy/Dockerfile", "deploy/entente.service", "deploy/aot.sh", "docs/operations.md"})
    void a_coordinators_options_stand_in_one_file(String file) throws IOException {
        assertThat(Files.readString(ROOT.resolve(file))).contains("server.jvm").doesNotContain(COLLECTOR);
    }

    @ParameterizedTest
    @ValueSource(strings = {"entente", "deploy/Dockerfile", "deploy/aot.sh", "docs/operations.md"})
    void a_commands_options_stand_in_one_file(String file) throws IOException {
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
    void every_variable_of_a_deployment_is_a_setting(String file) throws IOException {
        String settings = Files.readString(ROOT.resolve("docs/configuration.md"));
        assertThat(VARIABLE.matcher(Files.readString(ROOT.resolve(file))).results())
                .hasSizeGreaterThan(8)
                .allSatisfy(variable -> assertThat(settings).contains("`" + variable.group()));
    }

    @Test
    void the_kubernetes_example_is_yaml_and_gives_a_drain_its_time() throws IOException {
        String example = Files.readString(ROOT.resolve("deploy/kubernetes.yaml"));
        List<String> kinds = new ArrayList<>();
        new Yaml(new SafeConstructor(new LoaderOptions()))
                .loadAll(example)
                .forEach(part -> kinds.add(String.valueOf(((Map<?, ?>) part).get("kind"))));
        assertThat(kinds).containsExactly("Service", "PodDisruptionBudget", "Deployment");
        assertThat(Integer.parseInt(only(GRACE, example))).isGreaterThan(30);
    }

    /** With every JDK that this machine has, and the tests' own classes in the jar's place. */
    @Test
    void the_units_start_says_ENT_076_under_an_older_java_and_starts_under_this_one() throws Exception {
        List<String> command = Files.readAllLines(ROOT.resolve("deploy/entente.service")).stream()
                .filter(line -> line.startsWith("ExecStart="))
                .map(line -> line.substring("ExecStart=".length()))
                .flatMap(line -> Stream.of(line.split(" ")))
                .map(word -> word.replace("@/opt/entente/", "@" + ROOT.resolve("deploy") + "/"))
                .toList();
        Ended here = start(Path.of(System.getProperty("java.home")), command);
        assertThat(here.exit()).as(here.text()).isEqualTo(2);
        assertThat(here.text()).contains("/etc/entente/entente.yaml").doesNotContain("VM", "[error]");
        for (Path older : olderJdks()) {
            Ended ended = start(older, command);
            assertThat(ended.exit()).as(older + ": " + ended.text()).isEqualTo(6);
            assertThat(ended.text()).contains("ENT-076").doesNotContain("VM option", "[error]");
        }
        assertThat(Files.readString(ROOT.resolve("deploy/entente.service")))
                .containsPattern("RestartPreventExitStatus=.*\\b6\\b");
    }

    private record Ended(int exit, String text) {}

    private static Ended start(Path jdk, List<String> unit) throws Exception {
        List<String> command = new ArrayList<>(unit);
        command.set(0, jdk.resolve("bin/java").toString());
        int jar = command.indexOf("-jar");
        command.set(jar, "-cp");
        command.set(jar + 1, System.getProperty("java.class.path"));
        command.add(jar + 2, "dev.entente.server.app.Main");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), text);
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

    /** The feature number in a JDK's file {@code release}. */
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

    @Test
    void tokens_are_mounted_with_their_folder_so_that_a_revocation_is_seen() throws IOException {
        String compose = Files.readString(ROOT.resolve("deploy/docker-compose.yaml"));
        Path read = Path.of(only(READ, compose));
        assertThat(Objects.requireNonNull(read.getParent())).isEqualTo(Path.of(only(MOUNTED, compose)));
    }

    private static String only(Pattern pattern, String text) {
        List<MatchResult> found = pattern.matcher(text).results().toList();
        assertThat(found).as(pattern.pattern()).hasSize(1);
        return found.getFirst().group(1);
    }
}
