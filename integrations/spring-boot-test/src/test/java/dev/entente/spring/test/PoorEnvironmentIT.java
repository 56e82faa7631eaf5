package dev.entente.spring.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the embedded coordinator in its own JVM with unusual environments. */
final class PoorEnvironmentIT {
    @TempDir
    private Path folder;

    private record Run(int exit, String output) {}

    /** Starts a coordinator and exits. */
    static final class Program {
        private Program() {}

        public static void main(String[] arguments) {
            CoordinatorProgram.start(false).close();
            System.out.println("started");
            System.exit(0);
        }
    }

    private static Run run(Map<String, String> environment, List<String> before, String... options)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(before);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Program.class.getName()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Run(process.waitFor(), output);
    }

    @ParameterizedTest
    @ValueSource(strings = {"zz_ZZ.UTF-8", "en_US.nonsense", "no locale at all", ""})
    void the_coordinator_starts_with_any_locale(String locale) throws IOException, InterruptedException {
        Run run = run(Map.of("LC_ALL", locale, "LANG", locale), List.of());

        assertThat(run.exit()).as(run.output()).isZero();
        assertThat(run.output()).contains("started");
    }

    @Test
    void the_coordinator_starts_with_a_locale_with_other_digits() throws IOException, InterruptedException {
        Run run = run(Map.of(), List.of(), "-Duser.language=ar", "-Duser.country=EG", "-Duser.extensions=u-nu-arab");

        assertThat(run.exit()).as(run.output()).isZero();
        assertThat(run.output()).contains("started");
    }

    @Test
    void the_error_for_root_without_user_namespaces_has_reason_and_remedy() throws IOException, InterruptedException {
        assumeThat(System.getProperty("user.name")).isEqualTo("root");
        Path unshare = Files.writeString(
                folder.resolve("unshare"),
                "#!/bin/sh\necho 'unshare: unshare failed: Operation not permitted' >&2\nexit 1\n");
        Files.setPosixFilePermissions(unshare, PosixFilePermissions.fromString("rwxr-xr-x"));
        Run run = run(Map.of("PATH", folder + ":" + System.getenv("PATH")), List.of());

        assertThat(run.exit()).as(run.output()).isEqualTo(1);
        assertThat(run.output())
                .contains("does not start: initdb: error: cannot be run as root")
                .contains("a user other than root, or user namespaces (this user: root)");
    }

    @Test
    void the_error_for_a_noexec_temporary_folder_names_the_folder() throws IOException, InterruptedException {
        List<String> mounted = List.of(
                "unshare", "--mount", "sh", "-c", "mount -t tmpfs -o noexec none " + folder + " && exec \"$@\"", "sh");
        List<String> probe = new ArrayList<>(mounted);
        probe.add("true");
        assumeThat(new ProcessBuilder(probe).start().waitFor()).isZero();
        Run run = run(Map.of(), mounted, "-Djava.io.tmpdir=" + folder);

        assertThat(run.exit()).as(run.output()).isEqualTo(1);
        assertThat(run.output())
                .contains("Permission denied")
                .contains("java.io.tmpdir that is not mounted noexec (now: " + folder + ")");
    }
}
