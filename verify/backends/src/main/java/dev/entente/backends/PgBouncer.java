package dev.entente.backends;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;

/**
 * A PgBouncer from Debian's package in front of a PostgreSQL on loopback. PgBouncer runs until this JVM ends. Its
 * round-robin choice of server connections rarely gives a client its previous connection again.
 */
public final class PgBouncer {
    public static final DebianProgram PROGRAM = new DebianProgram("pgbouncer", "pgbouncer");

    private final Process process;
    private final int port;
    private final Path settings;
    private final Path log;

    private PgBouncer(Process process, int port, Path settings, Path log) {
        this.process = process;
        this.port = port;
        this.settings = settings;
        this.log = log;
    }

    /** Starts a PgBouncer in transaction mode for the PostgreSQL on that port. Blocks until it listens. */
    public static PgBouncer start(int postgresPort) {
        return start(postgresPort, "transaction");
    }

    /** Starts a PgBouncer that assigns a server connection per {@code session} or per {@code transaction}. */
    public static PgBouncer start(int postgresPort, String poolMode) {
        try {
            Path folder = Files.createTempDirectory(
                    "pgbouncer", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
            int port = LoopbackPorts.next();
            Path users = readable(folder.resolve("users.txt"), "\"postgres\" \"\"\n");
            Path settings = readable(folder.resolve("pgbouncer.ini"), settings(postgresPort, port, users, poolMode));
            Path log = folder.resolve("log");
            PgBouncer started = new PgBouncer(
                    new ProcessBuilder(command(settings))
                            .redirectErrorStream(true)
                            .redirectOutput(log.toFile())
                            .start(),
                    port,
                    settings,
                    log);
            Runtime.getRuntime().addShutdownHook(new Thread(started.process::destroyForcibly));
            Awaitility.await().until(started::listens);
            return started;
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /** Returns the port on which PgBouncer listens. */
    public int port() {
        return port;
    }

    /** Changes the pool mode, also for the connected clients. */
    public void changePoolMode(String poolMode) {
        try {
            String now = Files.readString(settings);
            Files.writeString(settings, now.replaceFirst("pool_mode = \\w+", "pool_mode = " + poolMode));
            new ProcessBuilder("sh", "-c", "kill -HUP " + process.pid())
                    .inheritIO()
                    .start();
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    private boolean listens() throws IOException {
        if (!process.isAlive()) {
            throw new IllegalStateException("pgbouncer has exited:\n" + Files.readString(log));
        }
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    /** Returns the command line. PgBouncer refuses to run as root. */
    private static List<String> command(Path settings) {
        List<String> command = new ArrayList<>(List.of(PROGRAM.name(), settings.toString()));
        if ("root".equals(System.getProperty("user.name"))) {
            command.addAll(List.of("-u", "nobody"));
        }
        return command;
    }

    private static String settings(int postgresPort, int port, Path users, String poolMode) {
        return """
            [databases]
            * = host=127.0.0.1 port=%d
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = %d
            unix_socket_dir =
            auth_type = trust
            auth_file = %s
            pool_mode = %s
            server_round_robin = 1
            min_pool_size = 4
            default_pool_size = 20
            max_client_conn = 500
            server_idle_timeout = 5
            server_login_retry = 0.1
            ignore_startup_parameters = extra_float_digits
            """.formatted(postgresPort, port, users, poolMode);
    }

    private static Path readable(Path file, String text) throws IOException {
        Files.writeString(file, text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    }
}
