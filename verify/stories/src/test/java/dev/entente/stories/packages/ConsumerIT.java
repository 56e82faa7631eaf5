package dev.entente.stories.packages;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.entente.rig.Ended;
import dev.entente.rig.Playground;
import dev.entente.stories.docs.TutorialRepository;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Maven repository of {@code ./entente package}, and a project that has Entente only from this repository. */
@Tag("deep")
@Tag("release")
final class ConsumerIT {
    private static final Path HOME = BuiltPackages.HOME;
    private static final String PUBLISHED = "entente bom cli client connector-kafka core kafka outbox patterns proto "
            + "rocketmq runtime server spring-boot-starter spring-boot-test testkit";

    @TempDir
    private Path folder;

    private final Path repository = BuiltPackages.repository();

    @Test
    void each_published_jar_has_its_sources_and_javadoc() throws IOException {
        assertThat(String.join(" ", files(repository.resolve("dev/entente"), 1)).replace("entente-", ""))
                .isEqualTo(PUBLISHED);
        List<String> files = files(repository, Integer.MAX_VALUE);
        assertThat(files).noneMatch(file -> file.contains("-tests.jar"));
        for (String pom : files.stream().filter(file -> file.endsWith(".pom")).toList()) {
            String stem = pom.replaceFirst("\\.pom$", "");
            boolean hasJar = !Files.readString(repository.resolve(pom)).contains("<packaging>pom</packaging>");
            for (String end : List.of(".jar", "-sources.jar", "-javadoc.jar")) {
                assertThat(files.contains(stem + end)).as(stem + end).isEqualTo(hasJar);
            }
        }
    }

    /** Returns the sorted paths of the entries, relative to the folder. */
    private static List<String> files(Path folder, int depth) throws IOException {
        try (Stream<Path> entries = Files.walk(folder, depth)) {
            return entries.skip(1)
                    .map(folder::relativize)
                    .map(Path::toString)
                    .sorted()
                    .toList();
        }
    }

    @Test
    void a_project_with_the_bom_compiles_and_runs_a_saga() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        HttpServer wallet = HttpServer.create(any, 0, "/charges", exchange -> {
            calls.incrementAndGet();
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        wallet.start();
        Map<String, String> targets =
                Map.of("wallet", "http://127.0.0.1:" + wallet.getAddress().getPort());
        try (Playground playground = Playground.open();
                TutorialRepository local = TutorialRepository.withoutEntente(HOME, folder.resolve("local"))) {
            String coordinator = playground
                    .startCoordinator("consumer", 0, 0, targets, Map.of())
                    .ready()
                    .grpc();
            Ended run = Ended.run(
                    maven(local.folder(), coordinator).directory(project().toFile()));
            assertThat(run.exit()).as(run.output()).isZero();
            assertThat(calls).hasValue(1);
        } finally {
            wallet.stop(0);
        }
    }

    private ProcessBuilder maven(Path local, String coordinator) throws IOException {
        String platform = System.getProperty("os.arch").equals("amd64") ? "linux-x64" : "linux-aarch64";
        String version = files(repository.resolve("dev/entente/entente-bom"), 1).getFirst();
        return new ProcessBuilder(
                "mvn",
                "-B",
                "--strict-checksums",
                "-Dmaven.repo.local=" + local,
                "-Drepository=" + repository.toUri(),
                "-Dentente.version=" + version,
                "-Dplatform=" + platform,
                "-Dexec.executable=" + System.getProperty("java.home") + "/bin/java",
                "-Dexec.args=-cp %classpath consumer.Consumer " + platform + " --entente.target=" + coordinator,
                "compile",
                "exec:exec");
    }

    /** Returns a copy of the project. */
    private Path project() throws IOException {
        Path source = HOME.resolve("verify/stories/src/test/resources/consumer");
        Path project = folder.resolve("project");
        Path code = Path.of("src/main/java/consumer/Consumer.java");
        Files.createDirectories(project.resolve(code).getParent());
        Files.copy(source.resolve(code), project.resolve(code));
        Files.copy(source.resolve("pom.xml"), project.resolve("pom.xml"));
        return project;
    }
}
