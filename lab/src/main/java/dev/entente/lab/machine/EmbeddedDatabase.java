package dev.entente.lab.machine;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** An embedded PostgreSQL that keeps what it acknowledges: fsync and synchronous_commit are on. Thread-safe. */
public final class EmbeddedDatabase implements AutoCloseable {
    private static final long STOP_SECONDS = 10;

    /** Its superuser, without a password. */
    public static final String USER = "postgres";

    private final EmbeddedPostgres postgres;
    private final Path folder;

    private EmbeddedDatabase(EmbeddedPostgres postgres, Path folder) {
        this.postgres = postgres;
        this.folder = folder;
    }

    /** Starts it with its data below {@code folder}, which must not hold any yet. Blocks for a second or two. */
    public static EmbeddedDatabase start(Path folder) throws IOException {
        Path log = folder.resolve("postgres.log");
        Path cluster = folder.resolve("postgres");
        EmbeddedPostgres postgres;
        try {
            postgres = EmbeddedPostgres.builder()
                    // Each user unpacks the binaries for himself: what root unpacked, others cannot run.
                    .setOverrideWorkingDirectory(binaries(folder).toFile())
                    .setDataDirectory(cluster)
                    .setCleanDataDirectory(true)
                    .setRegisterShutdownHook(false)
                    .setOutputRedirector(Redirect.appendTo(log.toFile()))
                    .setErrorRedirector(Redirect.appendTo(log.toFile()))
                    .setPGStartupWait(Readiness.limit())
                    // zonky's defaults are made for unit tests and would lose commits.
                    .setServerConfig("fsync", "on")
                    .setServerConfig("full_page_writes", "on")
                    .setServerConfig("synchronous_commit", "on")
                    .setServerConfig("max_connections", "200")
                    // Two-phase commit is off by default.
                    .setServerConfig("max_prepared_transactions", "500")
                    .setServerConfig("shared_buffers", "128MB")
                    .start();
        } catch (IOException | RuntimeException failed) {
            throw new ChildFailure("PostgreSQL did not start: " + failed.getMessage() + "; its log: " + log, 1);
        }
        EmbeddedDatabase started = new EmbeddedDatabase(postgres, cluster);
        started.postmaster().ifPresent(Guardian::watchDatabase);
        return started;
    }

    /** In a folder that only this user can write: what lies there is run. */
    private static Path binaries(Path folder) throws IOException {
        Path home = Path.of(System.getProperty("user.home"));
        Path lasting = Files.isWritable(home) ? home.resolve(".cache/entente/postgres") : folder.resolve("binaries");
        return Files.createDirectories(lasting);
    }

    public int port() {
        return postgres.getPort();
    }

    /** The JDBC URL of one of its databases, with the user in it. */
    public String url(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port() + "/" + database + "?user=" + USER;
    }

    /** A new connection; the caller closes it. */
    public Connection connect(String database) throws SQLException {
        return DriverManager.getConnection(url(database));
    }

    /** Makes an empty database. */
    public void create(String database) throws SQLException {
        try (Connection connection = connect(USER);
                Statement statement = connection.createStatement()) {
            statement.execute("create database " + database);
        }
    }

    /** Stops it at once and deletes its data. */
    @Override
    public void close() {
        try {
            stopWithoutCheckpoint();
            postgres.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * An orderly stop writes everything to disk first, which takes seconds on a busy machine; this data is thrown away.
     */
    private void stopWithoutCheckpoint() throws IOException {
        ProcessHandle running = postmaster().orElse(null);
        if (running != null) {
            new ProcessBuilder("kill", "-QUIT", Long.toString(running.pid()))
                    .start()
                    .onExit()
                    .join();
            running.onExit()
                    .orTimeout(STOP_SECONDS, TimeUnit.SECONDS)
                    .exceptionally(_ -> null)
                    .join();
        }
    }

    private Optional<ProcessHandle> postmaster() throws IOException {
        Path pidFile = folder.resolve("postmaster.pid");
        return Files.exists(pidFile)
                ? ProcessHandle.of(
                        Long.parseLong(Files.readAllLines(pidFile).getFirst().strip()))
                : Optional.empty();
    }
}
