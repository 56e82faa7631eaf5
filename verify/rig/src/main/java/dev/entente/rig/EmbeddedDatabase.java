package dev.entente.rig;

import dev.entente.backends.Folders;
import dev.entente.backends.PostgresTemplate;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An embedded PostgreSQL that keeps what it acknowledges: each commit is flushed to disk first. Thread-safe. */
public final class EmbeddedDatabase implements AutoCloseable {
    private static final long STOP_SECONDS = 10;

    private static final int LOG_LINES = 10;
    /** The defaults of the embedded one are made for unit tests and would lose commits. */
    private static final Map<String, String> DURABLE =
            Map.of("fsync", "on", "full_page_writes", "on", "synchronous_commit", "local", "max_connections", "200");

    private static final Map<String, String> USUAL =
            Map.of("max_prepared_transactions", "500", "shared_buffers", "128MB");

    /** Its superuser, without a password. */
    public static final String USER = "postgres";

    private final EmbeddedPostgres postgres;
    private final Path folder;
    /** Null where the data is thrown away at the end. */
    private final @Nullable DataFolder lasting;

    private EmbeddedDatabase(EmbeddedPostgres postgres, Path folder, @Nullable DataFolder lasting) {
        this.postgres = postgres;
        this.folder = folder;
        this.lasting = lasting;
    }

    /** Starts it with its data below {@code folder}, for two-phase commit too. Blocks for a second or two. */
    public static EmbeddedDatabase start(Path folder) throws IOException {
        // Two-phase commit is off by default.
        return start(folder, USUAL);
    }

    /**
     * Starts it on what an earlier run has left in that folder, or with its data in there for later ones. Blocks.
     *
     * @throws ChildFailure if another run has the folder, or it is of another version of PostgreSQL
     */
    static EmbeddedDatabase start(DataFolder lasting) throws IOException {
        return launch(PostgresTemplate.programs(), lasting.postgres(), lasting.log(), USUAL, lasting);
    }

    /**
     * Starts it with its data below {@code folder}, on a free port of loopback. Between choosing the port and binding
     * it another process may take it, so a start that fails is repeated once, on another port and beside the first
     * one's files, which are a copy of what {@code initdb} made once for this user. Blocks.
     *
     * @param settings beyond those that make it durable
     * @throws ChildFailure with PostgreSQL's last lines, if neither starts
     */
    public static EmbeddedDatabase start(Path folder, Map<String, String> settings) throws IOException {
        Path log = Files.createDirectories(folder).resolve("postgres.log");
        try {
            return launch(folder.resolve("postgres"), log, settings);
        } catch (IOException | RuntimeException first) {
            return again(folder.resolve("postgres-again"), log, settings, first);
        }
    }

    private static EmbeddedDatabase again(Path data, Path log, Map<String, String> settings, Exception first)
            throws IOException {
        try {
            return launch(data, log, settings);
        } catch (IOException | RuntimeException second) {
            ChildFailure failure = new ChildFailure(
                    "PostgreSQL did not start: " + second.getMessage() + "; its log: " + log + "; PostgreSQL says: "
                            + end(log),
                    1);
            failure.addSuppressed(first);
            throw failure;
        }
    }

    private static EmbeddedDatabase launch(Path data, Path log, Map<String, String> settings) throws IOException {
        return launch(PostgresTemplate.copyTo(data), data, log, settings, null);
    }

    private static EmbeddedDatabase launch(
            Path programs, Path data, Path log, Map<String, String> settings, @Nullable DataFolder lasting)
            throws IOException {
        EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                .setOverrideWorkingDirectory(programs.toFile())
                .setDataDirectory(data)
                // Else it would run initdb over what is there.
                .setCleanDataDirectory(false)
                .setRegisterShutdownHook(false)
                .setOutputRedirector(Redirect.appendTo(log.toFile()))
                .setErrorRedirector(Redirect.appendTo(log.toFile()))
                .setPGStartupWait(Readiness.limit());
        DURABLE.forEach(builder::setServerConfig);
        settings.forEach(builder::setServerConfig);
        EmbeddedDatabase started = new EmbeddedDatabase(start(builder), data, lasting);
        started.postmaster().ifPresent(Guardian::watchDatabase);
        return started;
    }

    private static EmbeddedPostgres start(EmbeddedPostgres.Builder builder) throws IOException {
        try {
            return builder.start();
        } catch (IOException | RuntimeException failed) {
            PostgresTemplate.discard();
            throw failed;
        }
    }

    /** The last lines of a log; empty if there is none. */
    private static String end(Path log) throws IOException {
        List<String> lines = Files.exists(log) ? Files.readAllLines(log) : List.of();
        return String.join(" / ", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
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
        return ask(database).connect();
    }

    /** Makes an empty database. */
    public void create(String database) throws SQLException {
        ask(USER).change("create database " + database);
    }

    /** Makes an empty database where there is none of that name. */
    void createIfMissing(String database) throws SQLException {
        if (ask(USER).number("select count(*) from pg_database where datname = ?", database) == 0) {
            create(database);
        }
    }

    /** One of its databases, for questions. */
    public AskedDatabase ask(String database) {
        return new AskedDatabase(url(database));
    }

    /** Stops it at once and deletes its data, unless that is to last: then it is written to disk first. */
    @Override
    public void close() {
        try {
            // Where nothing runs any more the library would call pg_ctl, and log what that says as an error.
            if (!stop(lasting == null ? "-QUIT" : "-INT")) {
                postgres.close();
            }
            if (lasting == null) {
                Folders.delete(folder);
            } else {
                lasting.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Stops it. An orderly stop writes everything to disk first, which takes seconds on a busy machine.
     *
     * @param signal {@code -QUIT} for data that is thrown away, else {@code -INT}
     * @return whether nothing runs any more
     */
    private boolean stop(String signal) throws IOException {
        ProcessHandle running = postmaster().orElse(null);
        if (running == null) {
            return true;
        }
        new ProcessBuilder("kill", signal, Long.toString(running.pid()))
                .start()
                .onExit()
                .join();
        running.onExit()
                .orTimeout(STOP_SECONDS, TimeUnit.SECONDS)
                .exceptionally(_ -> null)
                .join();
        return !running.isAlive();
    }

    private Optional<ProcessHandle> postmaster() throws IOException {
        return Files.exists(pidFile()) ? ProcessHandle.of(pid()) : Optional.empty();
    }

    private Path pidFile() {
        return folder.resolve("postmaster.pid");
    }

    /** Returns the id of its first process, the parent of all others. */
    public long pid() throws IOException {
        return Long.parseLong(Files.readAllLines(pidFile()).getFirst().strip());
    }
}
