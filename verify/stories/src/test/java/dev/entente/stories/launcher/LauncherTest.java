package dev.entente.stories.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.rig.Ended;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests when the script {@code ./entente} builds, in a small checkout. The checkout's {@code mvn} prints an error and
 * fails.
 */
final class LauncherTest {
    private static final List<String> MODULES = List.of(
            "proto",
            "verify/backends",
            "client-sdk",
            "integrations/outbox",
            "integrations/patterns",
            "integrations/testkit",
            "integrations/kafka",
            "core",
            "server",
            "cli",
            "participant-demo",
            "verify/rig",
            "verify/sim",
            "integrations/kafka-connector",
            "verify/stories",
            "verify/torture",
            "verify/bench");
    private static final Pattern USED_TESTS =
            Pattern.compile("<artifactId>([\\w-]+)</artifactId>\\s*<type>test-jar</type>");
    private static final Instant BEFORE = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant BUILT = Instant.parse("2026-01-02T00:00:00Z");
    private static final Instant AFTER = Instant.parse("2026-01-03T00:00:00Z");
    private static final String MAVEN_CALLED = "the build failed";

    @TempDir
    private Path root;

    /** Replaces the server's main class and prints its arguments. */
    static final class Echo {
        private Echo() {}

        public static void main(String[] args) {
            System.out.println(String.join(" ", args));
        }
    }

    @BeforeEach
    void write_sources() throws IOException {
        Path home = Path.of(System.getProperty("entente.home"));
        Files.copy(home.resolve("entente"), root.resolve("entente"));
        Files.createDirectory(root.resolve("deploy"));
        for (String options : List.of("deploy/server.jvm", "deploy/commands.jvm")) {
            Files.copy(home.resolve(options), root.resolve(options));
        }
        write("pom.xml", BEFORE);
        for (String module : MODULES) {
            write(module + "/pom.xml", BEFORE);
            write(module + "/src/main/java/A.java", BEFORE);
            for (String folder : List.of("/src/main/java", "/src/main")) {
                touch(root.resolve(module + folder), BEFORE);
            }
        }
        Path maven = write("bin/mvn", BEFORE);
        Files.writeString(maven, "#!/bin/sh\necho '[ERROR] no build in this test'\nexit 1\n");
        Files.setPosixFilePermissions(maven, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** Creates the files that {@code mvn package} creates. */
    private void build() throws IOException {
        for (String module : MODULES) {
            write(module + "/target/entente-x.jar", BUILT);
        }
        for (String module : List.of("verify/stories", "verify/torture", "verify/bench")) {
            Files.writeString(
                    write(module + "/target/class-path-modules.txt", BUILT),
                    root.toRealPath() + "/proto/target/entente-proto.jar");
            write(module + "/target/class-path-libraries.txt", BUILT);
        }
        Path jar = root.resolve("server/target/entente-server.jar");
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, Echo.class.getName());
        String entry = Echo.class.getName().replace('.', '/') + ".class";
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file, manifest);
                InputStream compiled =
                        Objects.requireNonNull(Echo.class.getClassLoader().getResourceAsStream(entry))) {
            out.putNextEntry(new JarEntry(entry));
            compiled.transferTo(out);
        }
        touch(jar, BUILT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tx list", "outbox list", "participant list", "--version", "dev", "sim", "server"})
    void a_manual_maven_build_is_not_repeated(String command) throws Exception {
        build();
        assertThat(entente(command).err()).doesNotContain(MAVEN_CALLED).doesNotContain("entente:");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tx list", "outbox list", "participant list", "audit list", "--version"})
    void an_operators_command_runs_the_existing_build_after_a_change(String command) throws Exception {
        build();
        touch(root.resolve("server/src/main/java/A.java"), AFTER);
        Ended run = entente(command);
        assertThat(run.exit()).isZero();
        assertThat(run.out()).endsWith(command + System.lineSeparator());
        assertThat(run.err()).doesNotContain(MAVEN_CALLED).contains("./entente build");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dev", "sim", "server", "build", "package"})
    void other_commands_build_after_a_change(String command) throws Exception {
        build();
        touch(root.resolve("proto/src/main/java/A.java"), AFTER);
        Ended run = entente(command);
        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.err()).contains(MAVEN_CALLED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "LC_ALL=POSIX",
                "LC_ALL=C",
                "LANG=C",
                "LC_CTYPE=POSIX",
                "LC_ALL=xx_YY.UTF-8",
                "",
                "LC_ALL=C.UTF-8"
            })
    void arguments_are_read_in_utf8(String locale) throws Exception {
        build();
        for (String command : List.of("tx list", "server")) {
            Ended run = Ended.run(List.of(
                    "sh",
                    "-c",
                    "exec env -i PATH=/usr/bin:/bin ENTENTE_NO_BUILD=1 JAVA_HOME=\"$0\" " + locale + " \"$1\" "
                            + command + " \"$(printf '\\344\\270\\212')\"",
                    System.getProperty("java.home"),
                    root.resolve("entente").toString()));
            assertThat(run.out()).as(run.err()).isEqualTo(command + " 上" + System.lineSeparator());
        }
    }

    @ParameterizedTest
    @CsvSource({"'', 0", "-h, 0", "--help, 0", "help, 0", "no-such-command, 2", "tx-list, 2"})
    void the_usage_needs_neither_a_build_nor_java(String command, int exit) throws Exception {
        String script = root.resolve("entente").toString();
        Ended run = Ended.run(List.of("env", "-i", "PATH=/usr/bin:/bin", "JAVA_HOME=/none", script, command));
        assertThat(run.exit()).isEqualTo(exit);
        assertThat(exit == 0 ? run.out() : run.err()).contains("Usage: ./entente COMMAND");
        assertThat(run.err()).doesNotContain("building");
    }

    /** The table of commands on the page is generated from the commands. */
    @Test
    void the_usage_lists_each_command_of_the_server() throws Exception {
        String page = Files.readString(Path.of(System.getProperty("entente.home"), "docs", "cli.md"));
        List<String> commands = Pattern.compile("(?m)^\\| `([a-z]+)[^|]*` \\| [A-Z]")
                .matcher(page)
                .results()
                .map(row -> row.group(1))
                .distinct()
                .toList();
        assertThat(commands).hasSizeGreaterThan(10);
        build();
        for (String command : commands) {
            assertThat(entente("--help").out()).contains("\n  " + command + " ");
            assertThat(entente(command + " --help").err()).doesNotContain("unknown command");
        }
    }

    @Test
    void the_launcher_finds_a_java_of_a_version() throws Exception {
        Ended own = entente("java-home " + Runtime.version().feature());
        assertThat(Path.of(own.out().strip(), "bin", "java")).isExecutable();
        Ended none = entente("java-home 999");
        assertThat(none.exit()).isEqualTo(6);
        assertThat(none.out()).isEmpty();
    }

    @Test
    void a_build_by_the_launcher_is_not_repeated() throws Exception {
        build();
        touch(root.resolve("server/src/main/java/A.java"), AFTER);
        Path stamp = write("target/.built", AFTER.plusSeconds(1));
        Files.writeString(stamp, root.toRealPath().toString());
        touch(stamp, AFTER.plusSeconds(1));
        assertThat(entente("dev").err()).doesNotContain(MAVEN_CALLED);
    }

    @Test
    void a_moved_checkout_is_rebuilt_and_its_commands_run() throws Exception {
        build();
        Files.writeString(
                root.resolve("verify/stories/target/class-path-modules.txt"),
                "/elsewhere/proto/target/entente-proto.jar");
        assertThat(entente("dev").err()).contains(MAVEN_CALLED);
        assertThat(entente("tx list").out()).isEqualTo("tx list" + System.lineSeparator());
    }

    @Test
    void an_operators_command_builds_without_a_built_server() throws Exception {
        assertThat(entente("tx list").err()).contains(MAVEN_CALLED);
    }

    @Test
    void a_server_without_sources_runs() throws Exception {
        build();
        Files.delete(root.resolve("pom.xml"));
        Ended run = entente("tx list");
        assertThat(run.out()).isEqualTo("tx list" + System.lineSeparator());
        assertThat(run.err()).isEmpty();
    }

    private Path write(String path, Instant time) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "");
        touch(file, time);
        return file;
    }

    private static void touch(Path file, Instant time) throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(time));
    }

    private Ended entente(String command) throws IOException {
        List<String> words = new ArrayList<>(List.of(root.resolve("entente").toString()));
        words.addAll(List.of(command.split(" ")));
        ProcessBuilder builder = new ProcessBuilder(words);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("PATH", root.resolve("bin") + ":" + System.getenv("PATH"));
        builder.environment().remove("ENTENTE_NO_BUILD");
        builder.environment().remove("ENTENTE_JVM_ARGS");
        return Ended.run(builder);
    }

    /** The launcher builds without tests. A test jar that another module uses must exist even then, empty. */
    @Test
    void each_test_jar_that_a_module_uses_is_built_without_tests() throws Exception {
        Path home = Path.of(System.getProperty("entente.home"));
        String root = Files.readString(home.resolve("pom.xml"));
        assertThat(root).contains("<phase>${test.jar.phase}</phase>", "<skip>false</skip>");
        List<String> poms = new ArrayList<>();
        for (MatchResult module : Pattern.compile("<module>(\\w.+)</module>")
                .matcher(root)
                .results()
                .toList()) {
            poms.add(Files.readString(home.resolve(module.group(1)).resolve("pom.xml")));
        }
        Set<String> used = poms.stream()
                .flatMap(pom -> USED_TESTS.matcher(pom).results())
                .map(tests -> tests.group(1))
                .collect(Collectors.toSet());
        assertThat(used)
                .isNotEmpty()
                .allSatisfy(artifact -> assertThat(poms)
                        .anyMatch(pom -> pom.contains("  <artifactId>" + artifact + "</artifactId>\n  <name>")
                                && pom.contains("<test.jar.phase>package</test.jar.phase>")));
    }
}
