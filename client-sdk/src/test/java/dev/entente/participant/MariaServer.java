package dev.entente.participant;

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
public final class MariaServer {
    private static final List<String> FOLDERS = List.of("/usr/sbin/", "/usr/bin/");

    private final Path folder;
    private final int port;
    private volatile Process process;

    private MariaServer(Path folder, int port, Process process) {
        this.folder = folder;
        this.port = port;
        this.process = process;
    }

    /** Skips the test where the package is missing; fails it there under {@code ENTENTE_REQUIRE=all}. */
    public static void require() {
        boolean isInstalled = !program("mariadbd").isEmpty();
        String advice = "this test needs: apt-get install mariadb-server-core mariadb-client-core";
        if ("all".equals(System.getenv("ENTENTE_REQUIRE"))) {
            assertThat(isInstalled).as(advice).isTrue();
        }
        assumeTrue(isInstalled, advice);
    }

    /** Starts one. Blocks until it answers. */
    public static MariaServer start() {
        try {
            Path folder = Files.createTempDirectory("mariadb");
            Files.createDirectory(folder.resolve("tmp"));
            Process install =
                    run(folder, "mariadb-install-db", "--auth-root-authentication-method=normal", "--skip-test-db");
            assertThat(install.waitFor())
                    .as(() -> "mariadb-install-db: " + read(folder))
                    .isZero();
            int port = freePort();
            MariaServer started = new MariaServer(folder, port, serve(folder, port));
            Runtime.getRuntime().addShutdownHook(new Thread(started::end));
            Awaitility.await().atMost(Duration.ofSeconds(60)).until(started::answers);
            return started;
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    /** What was committed is with the operating system, and outlives the process. */
    private static Process serve(Path folder, int port) throws IOException {
        return run(
                folder,
                "mariadbd",
                "--socket=" + folder.resolve("socket"),
                "--port=" + port,
                "--bind-address=127.0.0.1",
                "--innodb-flush-log-at-trx-commit=2",
                "--skip-name-resolve",
                "--max-connections=300");
    }

    /** Kills it, and starts it again at the same place. Blocks until it answers. */
    public void killAndStartAgain() throws IOException {
        process.destroyForcibly().onExit().join();
        process = serve(folder, port);
        Awaitility.await().atMost(Duration.ofSeconds(60)).until(this::answers);
    }

    /** Ends it, and deletes what it has written. */
    public void end() {
        process.destroyForcibly().onExit().join();
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /** The beginning of the URL of each of its databases. */
    public String url() {
        return "jdbc:mariadb://127.0.0.1:" + port + "/";
    }

    private boolean answers() {
        if (!process.isAlive()) {
            throw new IllegalStateException("mariadbd has ended:\n" + read(folder));
        }
        try (Connection connection = DriverManager.getConnection(url() + "?user=root&sslMode=disable")) {
            return connection.isValid(1);
        } catch (SQLException notYet) {
            return false;
        }
    }

    private static Process run(Path folder, String program, String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                program(program),
                "--no-defaults",
                "--datadir=" + folder.resolve("data"),
                "--user=" + System.getProperty("user.name"),
                "--tmpdir=" + folder.resolve("tmp"),
                "--innodb-log-file-size=16M"));
        command.addAll(List.of(options));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log(folder).toFile()))
                .start();
    }

    private static Path log(Path folder) {
        return folder.resolve("log");
    }

    private static String program(String name) {
        return FOLDERS.stream()
                .map(folder -> folder + name)
                .filter(path -> Files.isExecutable(Path.of(path)))
                .findFirst()
                .orElse("");
    }

    private static String read(Path folder) {
        try {
            return Files.readString(log(folder));
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
