package dev.entente.rig;

import dev.entente.backends.Folders;
import dev.entente.backends.PostgresProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An embedded PostgreSQL with durable commits: each commit is flushed to disk first, as by PostgreSQL's default. The
 * database can be stopped abruptly and started again, by one thread at a time; otherwise thread-safe.
 */
public final class EmbeddedDatabase implements AutoCloseable {
    /** The superuser, without a password. */
    public static final String USER = PostgresProcess.USER;

    private static final Map<String, String> USUAL = Map.of(
            // Flushes to the local disk. HeldDecision makes single commits wait for a standby that does not exist.
            "synchronous_commit",
            "local",
            "max_connections",
            "200",
            // Two-phase commit is off by default.
            "max_prepared_transactions",
            "500",
            "shared_buffers",
            "128MB");

    private final PostgresProcess process;
    /** Null if the data is deleted at the end. */
    private final @Nullable DataFolder lasting;

    private EmbeddedDatabase(PostgresProcess process, @Nullable DataFolder lasting) {
        this.process = process;
        this.lasting = lasting;
    }

    /** Starts a database below {@code folder} that supports two-phase commit. Blocks for one or two seconds. */
    public static EmbeddedDatabase start(Path folder) throws IOException {
        return start(folder, Map.of());
    }

    /**
     * Starts a database on the existing data of the folder, or on new data that later runs can use. Blocks.
     *
     * @throws ChildFailure if another run uses the folder, or its database has another version of PostgreSQL
     */
    static EmbeddedDatabase start(DataFolder lasting) throws IOException {
        EmbeddedDatabase database =
                new EmbeddedDatabase(new PostgresProcess(lasting.postgres(), lasting.log(), USUAL), lasting);
        database.startAgain();
        return database;
    }

    /**
     * Starts a database with its data below {@code folder}, on a free port. Repeats a failed start once. Blocks.
     *
     * @param settings in addition to the settings of this class
     * @throws ChildFailure with the last lines of PostgreSQL's log, if both starts fail
     */
    public static EmbeddedDatabase start(Path folder, Map<String, String> settings) throws IOException {
        Map<String, String> all = new TreeMap<>(USUAL);
        all.putAll(settings);
        try {
            PostgresProcess process = PostgresProcess.create(folder, "postgres", all, Readiness.limit());
            ChildReaper.watchDatabase(process.postmaster());
            return new EmbeddedDatabase(process, null);
        } catch (IOException failed) {
            ChildFailure failure = new ChildFailure(String.valueOf(failed.getMessage()), 1);
            failure.initCause(failed);
            throw failure;
        }
    }

    /** Starts the database again on its data and on the same port. Blocks until it answers. */
    public void startAgain() throws IOException {
        process.start(Readiness.limit());
        ChildReaper.watchDatabase(process.postmaster());
    }

    /** Shuts down immediately: loses data that is not in the log and disconnects clients. Blocks until the end. */
    public void breakOff() throws IOException {
        process.stop("QUIT");
    }

    public int port() {
        return process.port();
    }

    /** Returns the data folder. */
    public Path data() {
        return process.data();
    }

    /** Returns the JDBC URL of one of the databases; the URL includes the user. */
    public String url(String database) {
        return process.url(database);
    }

    /** Returns a new connection, which the caller must close. */
    public Connection connect(String database) throws SQLException {
        return ask(database).connect();
    }

    /** Creates an empty database. */
    public void create(String database) throws SQLException {
        ask(USER).change("create database " + database);
    }

    /** Creates an empty database unless one of that name exists. */
    void createIfMissing(String database) throws SQLException {
        if (ask(USER).number("select count(*) from pg_database where datname = ?", database) == 0) {
            create(database);
        }
    }

    /** Returns one of the databases, for queries. */
    public SqlDatabase ask(String database) {
        return new SqlDatabase(url(database));
    }

    /** Returns the first process, the parent of all others. */
    public ProcessHandle postmaster() {
        return process.postmaster();
    }

    /** Stops the database. Deletes temporary data; lasting data is written to disk first. */
    @Override
    public void close() {
        try {
            if (lasting == null) {
                breakOff();
                Folders.delete(data());
            } else {
                process.stop("INT");
                lasting.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
