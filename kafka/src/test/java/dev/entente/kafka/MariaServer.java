package dev.entente.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** A MariaDB of Debian's package on loopback, with a folder of its own, which lives as long as this JVM. */
final class MariaServer {
    private static final List<String> FOLDERS = List.of("/usr/sbin/", "/usr/bin/");

    private final Process process;
    private final String url;
    private final Path log;

    private MariaServer(Process process, String url, Path log) {
        this.process = process;
        this.url = url;
        this.log = log;
    }

    /** Skips the test where the package is missing; fails it there under {@code ENTENTE_REQUIRE=all}. */
    static void require() {
        boolean isInstalled = !program("mariadbd").isEmpty();
        String advice = "this test needs: apt-get install mariadb-server";
        if ("all".equals(System.getenv("ENTENTE_REQUIRE"))) {
            assertThat(isInstalled).as(advice).isTrue();
        }
        assumeTrue(isInstalled, advice);
    }

    /** Starts one. Blocks until it answers. */
    static MariaServer start() {
        try {
            Path folder = Files.createTempDirectory("mariadb");
            Path log = folder.resolve("log");
            String[] common = {
                "--no-defaults",
                "--datadir=" + folder.resolve("data"),
                "--user=" + System.getProperty("user.name"),
                "--tmpdir=" + Files.createDirectory(folder.resolve("tmp")),
                "--innodb-log-file-size=16M"
            };
            Process install = run(
                    log,
                    program("mariadb-install-db"),
                    common,
                    "--auth-root-authentication-method=normal",
                    "--skip-test-db");
            assertThat(install.waitFor())
                    .as(() -> "mariadb-install-db: " + read(log))
                    .isZero();
            int port = freePort();
            Process server = run(
                    log,
                    program("mariadbd"),
                    common,
                    "--socket=" + folder.resolve("socket"),
                    "--port=" + port,
                    "--bind-address=127.0.0.1",
                    "--innodb-flush-log-at-trx-commit=0",
                    "--skip-name-resolve",
                    "--max-connections=300");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> end(server, folder)));
            MariaServer started = new MariaServer(server, "jdbc:mariadb://127.0.0.1:" + port + "/", log);
            Awaitility.await().atMost(Duration.ofSeconds(60)).until(started::answers);
            return started;
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    /** The beginning of the URL of each of its databases. */
    String url() {
        return url;
    }

    private boolean answers() {
        if (!process.isAlive()) {
            throw new IllegalStateException("mariadbd has ended:\n" + read(log));
        }
        try (Connection connection = DriverManager.getConnection(url + "?user=root&sslMode=disable")) {
            return connection.isValid(1);
        } catch (SQLException notYet) {
            return false;
        }
    }

    private static Process run(Path log, String program, String[] common, String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(program));
        command.addAll(List.of(common));
        command.addAll(List.of(options));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }

    private static void end(Process server, Path folder) {
        server.destroyForcibly().onExit().join();
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    private static String program(String name) {
        return FOLDERS.stream()
                .map(folder -> folder + name)
                .filter(path -> Files.isExecutable(Path.of(path)))
                .findFirst()
                .orElse("");
    }

    private static String read(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException broken) {
            return broken.toString();
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
