package dev.entente.torture.machine;

import dev.entente.backends.Folders;
import dev.entente.rig.EmbeddedDatabase;
import dev.entente.rig.SqlDatabase;
import dev.entente.rig.Wait;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The coordinators' PostgreSQL: a primary, and a standby that every commit waits for. Only one thread at a time may
 * break it; all threads may connect.
 */
public final class PostgresPair implements AutoCloseable {
    /** The maximum number of connections of each server. */
    public static final int MAX_CONNECTIONS = 120;

    private static final Duration IN_STEP = Duration.ofSeconds(20);

    /** The maximum time in which a server recovers by itself after a panic. */
    private static final Duration RECOVERY = Duration.ofSeconds(10);

    private static final Duration STARTUP = Duration.ofSeconds(60);
    private static final Map<String, String> SETTINGS = Map.of(
            "synchronous_commit", "on",
            "max_connections", Integer.toString(MAX_CONNECTIONS),
            "shared_buffers", "64MB",
            // The amount of log that a primary keeps for a new standby.
            "wal_keep_size", "128MB",
            "max_wal_size", "192MB",
            // Commits wait for the standby, so it must reconnect soon. By default it retries every five seconds.
            "wal_retrieve_retry_interval", "200ms");

    /** Files that belong to the process, or that would give a copy the identity of another server. */
    private static final List<String> LEFT_OUT =
            List.of("postmaster.pid", "postmaster.opts", "standby.signal", "backup_label", "postgresql.auto.conf");

    private final List<Integer> ports;
    private final Path log;
    private volatile EmbeddedDatabase primary;
    private volatile EmbeddedDatabase standby;
    private volatile long backAtMillis;

    private PostgresPair(EmbeddedDatabase primary, EmbeddedDatabase standby, Path log) {
        this.ports = List.of(primary.port(), standby.port());
        this.primary = primary;
        this.standby = standby;
        this.log = log;
    }

    /** Makes both servers, and waits until the standby is synchronous. Blocks. */
    static PostgresPair create(Path folder) throws Exception {
        PostgresPair pair = new PostgresPair(
                EmbeddedDatabase.start(folder.resolve("postgres-a"), SETTINGS),
                EmbeddedDatabase.start(folder.resolve("postgres-b"), SETTINGS),
                folder.resolve("backup.log"));
        pair.replaceStandby();
        return pair;
    }

    /** Returns the ports of both servers, independent of their roles. */
    public List<Integer> ports() {
        return ports;
    }

    /** Returns the server that accepts writes. */
    public EmbeddedDatabase primary() {
        return primary;
    }

    /** Returns a connection to the primary without a proxy; the caller closes the connection. */
    public Connection connect(String database) throws SQLException {
        return ask(database).connect();
    }

    /** Returns one of the primary's databases, without a proxy. */
    public SqlDatabase ask(String database) {
        return ask(primary, database);
    }

    private static SqlDatabase ask(EmbeddedDatabase server, String database) {
        return new SqlDatabase(server.url(database) + "&connectTimeout=2&socketTimeout=30");
    }

    /** Returns the result of the query; false if the server does not answer. */
    private static boolean holds(EmbeddedDatabase server, String query) {
        try {
            return ask(server, EmbeddedDatabase.USER)
                    .rows(row -> row.getBoolean(1), query)
                    .getFirst();
        } catch (SQLException unanswered) {
            return false;
        }
    }

    private boolean answers() {
        return holds(primary, "select true");
    }

    /**
     * Breaks off the primary and promotes the standby; then the old primary returns as a standby. Blocks until the new
     * standby is synchronous.
     */
    public void failOver() throws Exception {
        EmbeddedDatabase lost = primary;
        if (!hasStandby(IN_STEP)) {
            replaceStandby();
        }
        lost.breakOff();
        promote(standby);
        primary = standby;
        backAtMillis = System.currentTimeMillis();
        // Set now, so that a repair after a later failure rebuilds the lost server, not the new primary.
        standby = lost;
        replaceStandby();
    }

    /** Makes a standby the primary. Blocks until the new primary accepts writes. */
    private static void promote(EmbeddedDatabase promoted) throws Exception {
        try {
            ask(promoted, EmbeddedDatabase.USER).change("select pg_promote(true, 60)");
        } catch (SQLException unanswered) {
            // The promotion may succeed anyway; the next query checks this.
        }
        if (!Wait.until(STARTUP, () -> holds(promoted, "select not pg_is_in_recovery()"))) {
            throw new IllegalStateException("the standby could not be promoted; its data: " + promoted.data());
        }
    }

    /** Stops the primary immediately, and starts it again after {@code pause}. Blocks until the primary answers. */
    public void restart(Duration pause) throws Exception {
        primary.breakOff();
        Thread.sleep(pause);
        primary.startAgain();
        backAtMillis = System.currentTimeMillis();
    }

    /** Returns the last recovery after a restart or failover, in milliseconds since the epoch; 0 for never. */
    public long backAtMillis() {
        return backAtMillis;
    }

    /**
     * Rebuilds the other server as a standby of the primary, by PostgreSQL's own backup functions, and deletes its old
     * data. From then on commits wait for the standby. Blocks until the standby is synchronous.
     */
    private void replaceStandby() throws Exception {
        standby.breakOff();
        backUp(standby.data());
        Files.writeString(
                standby.data().resolve("postgresql.auto.conf"),
                "primary_conninfo = 'host=127.0.0.1 port=%d user=%s application_name=standby'\n"
                        .formatted(primary.port(), EmbeddedDatabase.USER));
        Files.createFile(standby.data().resolve("standby.signal"));
        standby.startAgain();
        SqlDatabase settings = ask(EmbeddedDatabase.USER);
        settings.change("alter system set synchronous_standby_names = 'standby'");
        settings.change("select pg_reload_conf()");
        if (!hasStandby(STARTUP)) {
            throw new IllegalStateException("the standby did not become synchronous; its data: " + standby.data());
        }
    }

    /** Copies the primary's files while it runs. Files may change during the copy; the log restores them. */
    private void backUp(Path copy) throws Exception {
        Folders.delete(copy);
        try (Connection connection = connect(EmbeddedDatabase.USER)) {
            var _ = SqlDatabase.update(connection, "select pg_backup_start('standby', true)");
            run("cp", "-a", primary.data().toString(), copy.toString());
            for (String name : LEFT_OUT) {
                Files.deleteIfExists(copy.resolve(name));
            }
            String label = "select labelfile from pg_backup_stop(false)";
            Files.writeString(
                    copy.resolve("backup_label"),
                    SqlDatabase.rows(connection, row -> row.getString(1), label).getFirst());
        }
    }

    private void run(String... command) throws IOException, InterruptedException {
        new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(log.toFile()))
                .start()
                .waitFor();
    }

    /** Waits until the standby is synchronous, and returns whether this happened in time. Blocks. */
    private boolean hasStandby(Duration limit) throws Exception {
        return Wait.until(
                limit,
                () -> holds(
                        primary,
                        "select exists (select from pg_stat_replication where application_name = 'standby' and"
                                + " sync_state = 'sync')"));
    }

    /** Starts the primary if it is down, and ensures that the primary has a standby. Blocks. */
    public void revive() throws Exception {
        if (!answers()) {
            primary.breakOff();
            primary.startAgain();
        }
        if (!hasStandby(IN_STEP)) {
            replaceStandby();
        }
    }

    /**
     * Limits the size of the primary's files from now on; the primary takes the limit for a full disk. A write above
     * the limit fails. If the log cannot grow, the primary panics and cannot start again. PostgreSQL documents that it
     * treats the limit and a full disk alike. Blocks.
     */
    public void fillDisk(long fileBytes) throws IOException, InterruptedException {
        limitFiles(Long.toString(fileBytes));
    }

    /** Removes the limit, and starts the primary if it has exited. Blocks until the primary answers. */
    public void freeDisk() throws Exception {
        limitFiles("unlimited");
        if (primary.postmaster().isAlive() && Wait.until(RECOVERY, this::answers)) {
            limitFiles("unlimited"); // for processes that started meanwhile
            return;
        }
        primary.breakOff();
        primary.startAgain();
    }

    private void limitFiles(String fileBytes) throws IOException, InterruptedException {
        ProcessHandle postmaster = primary.postmaster();
        for (ProcessHandle one :
                Stream.concat(Stream.of(postmaster), postmaster.children()).toList()) {
            run("prlimit", "--pid", Long.toString(one.pid()), "--core=0:0", "--fsize=" + fileBytes + ":");
        }
    }

    /** Returns the JDBC URL of a database at these addresses. */
    static String url(List<String> addresses, String database) {
        return "jdbc:postgresql://" + String.join(",", addresses) + "/" + database + "?user=" + EmbeddedDatabase.USER
                + "&targetServerType=primary&connectTimeout=2&hostRecheckSeconds=1";
    }

    /** Stops both servers. The data stays in the run's folder for an analysis. */
    @Override
    public void close() throws IOException {
        standby.breakOff();
        primary.breakOff();
    }
}
