package dev.entente.stories.packages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.rig.Ended;
import dev.entente.stories.docs.TutorialRepository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tests of the Spring shop on other Java versions, with the Maven repository of {@code ./entente package}. */
@Tag("deep")
@Tag("testkit")
final class TestKitIT {
    private static final Path HOME = BuiltPackages.HOME;
    /** The oldest Java version that runs a coordinator in the JVM of a test. */
    private static final int EMBEDDED = 25;

    /**
     * Runs a command with Java 21 of Debian 13, in its own mount namespace. That Java needs a newer C library than Debian
     * 12 has, so the libraries are mounted, too. The first argument is a new folder.
     */
    private static final String JAVA_21 = """
        mkdir -p "$1/lists/partial" "$1/cache/archives/partial" "$1/files"
        cd "$1"
        : >status
        mirror=$(apt-get indextargets --format '$(REPO_URI)' | head -n 1)
        echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >sources.list
        for step in update 'download openjdk-21-jre-headless libc6 libgcc-s1 libstdc++6 zlib1g'; do
          apt-get -q -o Dir::Etc::sourcelist="$PWD/sources.list" -o Dir::Etc::sourceparts=/dev/null \\
            -o Dir::State::lists="$PWD/lists" -o Dir::State::status="$PWD/status" -o Dir::Cache="$PWD/cache" $step
        done
        for package in *.deb; do
          dpkg -x "$package" files
        done
        for folder in etc usr/lib/jvm usr/lib/$(uname -m)-linux-gnu; do
          mount -t overlay -o "lowerdir=$PWD/files/$folder:/$folder" overlay "/$folder"
        done
        cd "$2"
        shift 2
        exec "$@"
        """;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(ints = {17, 21, EMBEDDED})
    void the_tests_of_the_shop_pass(int version) throws IOException {
        Path cache = Files.createDirectory(folder.resolve("cache"));
        try (TutorialRepository local = TutorialRepository.withoutEntente(HOME, folder.resolve("local"))) {
            // The brokers and databases of tests are not published.
            local.install("entente-backends", HOME.resolve("verify/backends"));
            Path project = project();
            ProcessBuilder maven =
                    new ProcessBuilder(command(version, local.folder(), project)).directory(project.toFile());
            maven.environment().put("XDG_CACHE_HOME", cache.toString());
            Ended run = Ended.run(maven);
            assertThat(run.exit()).as(run.output()).isZero();
            assertThat(run.out()).containsPattern("Tests run: [1-9]\\d*, Failures: 0, Errors: 0, Skipped: 0");
        }
        try (Stream<Path> files = Files.walk(cache)) {
            assertThat(files.anyMatch(file -> file.endsWith("bin/java"))).isEqualTo(version < EMBEDDED);
        }
    }

    private List<String> command(int version, Path local, Path project) throws IOException {
        List<String> command = new ArrayList<>();
        Ended installed =
                Ended.run(List.of(HOME.resolve("entente").toString(), "java-home", Integer.toString(version)));
        String java = installed.out().strip();
        if (installed.exit() != 0) {
            assertThat(version).as(installed.output()).isEqualTo(21);
            String debian = folder.resolve("debian").toString();
            command.addAll(List.of("unshare", "--mount", "sh", "-euc", JAVA_21, "sh", debian, project.toString()));
            java = "/usr/lib/jvm/java-1.21.0-openjdk-" + architecture("amd64", "arm64");
        }
        command.addAll(List.of("mvn", "-B", "-Dquick", "-Dmaven.repo.local=" + local, "-Djvm=" + java + "/bin/java"));
        command.addAll(List.of("-Dtest=None", "-Dsurefire.failIfNoSpecifiedTests=false", "verify"));
        if (version < EMBEDDED) {
            command.add("-Pruntime");
        }
        return command;
    }

    private static String architecture(String intel, String arm) {
        return System.getProperty("os.arch").equals("amd64") ? intel : arm;
    }

    /** Returns a copy of the example that finds its parent and its libraries in the repository. */
    private Path project() throws IOException {
        Path project = Files.createDirectories(folder.resolve("examples/shop"));
        Path example = HOME.resolve("examples/spring-shop");
        Ended copy = Ended.run(List.of("cp", "-r", example.resolve("src").toString(), project.toString()));
        assertThat(copy.exit()).as(copy.output()).isZero();
        String repositories = "<repositories><repository><id>staged</id><url>"
                + BuiltPackages.repository().toUri() + "</url></repository></repositories>\n  <properties>";
        String pom = Files.readString(example.resolve("pom.xml"))
                .replaceFirst("<properties>", repositories)
                .replace("linux-x64", architecture("linux-x64", "linux-aarch64"));
        Files.writeString(project.resolve("pom.xml"), pom);
        return project;
    }
}
