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
 * An embedded PostgreSQL that keeps what it acknowledges: each commit is flushed to disk first, as PostgreSQL does by
 * default. It can be broken off and started again. Of several threads one at a time may do that; otherwise thread-safe.
 */
public final class EmbeddedDatabase implements AutoCloseable {
    /** Its superuser, without a password. */
    public static final String USER = PostgresProcess.USER;

    private static final Map<String, String> USUAL = Map.of(
            // On disk here; HeldDecision has single commits wait for a standby that does not exist.
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
    /** Null where the data is thrown away at the end. */
    private final @Nullable DataFolder lasting;

    private EmbeddedDatabase(PostgresProcess process, @Nullable DataFolder lasting) {
        this.process = process;
        this.lasting = lasting;
    }

    /** Starts it with its data below {@code folder}, for two-phase commit too. Blocks for a second or two. */
    public static EmbeddedDatabase start(Path folder) throws IOException {
        return start(folder, Map.of());
    }

    /**
     * Starts it on what an earlier run has left in that folder, or with its data in there for later ones. Blocks.
     *
     * @throws ChildFailure if another run has the folder, or it is of another version of PostgreSQL
     */
    static EmbeddedDatabase start(DataFolder lasting) throws IOException {
        EmbeddedDatabase database =
                new EmbeddedDatabase(new PostgresProcess(lasting.postgres(), lasting.log(), USUAL), lasting);
        database.startAgain();
        return database;
    }

    /**
     * Starts it with its data below {@code folder}, on a free port of loopback; a second time where that fails. Blocks.
     *
     * @param settings beyond those that are usual here
     * @throws ChildFailure with PostgreSQL's last lines, if neither starts
     */
    public static EmbeddedDatabase start(Path folder, Map<String, String> settings) throws IOException {
        Map<String, String> all = new TreeMap<>(USUAL);
        all.putAll(settings);
        try {
            PostgresProcess process = PostgresProcess.create(folder, "postgres", all, Readiness.limit());
            Guardian.watchDatabase(process.postmaster());
            return new EmbeddedDatabase(process, null);
        } catch (IOException failed) {
            ChildFailure failure = new ChildFailure(String.valueOf(failed.getMessage()), 1);
            failure.initCause(failed);
            throw failure;
        }
    }

    /** Starts it on its data, on the same port. Blocks until it answers. */
    public void startAgain() throws IOException {
        process.start(Readiness.limit());
        Guardian.watchDatabase(process.postmaster());
    }

    /** An immediate shutdown: what is not in the log is gone, clients are cut off. Blocks until it has ended. */
    public void breakOff() throws IOException {
        process.stop("QUIT");
    }

    public int port() {
        return process.port();
    }

    /** Returns the folder of its data. */
    public Path data() {
        return process.data();
    }

    /** The JDBC URL of one of its databases, with the user in it. */
    public String url(String database) {
        return process.url(database);
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

    /** Returns its first process, the parent of all others. */
    public ProcessHandle postmaster() {
        return process.postmaster();
    }

    /** Stops it at once and deletes its data, unless that is to last: then it is written to disk first. */
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
