package dev.entente.torture.machine;

import dev.entente.backends.Folders;
import dev.entente.rig.AskedDatabase;
import dev.entente.rig.EmbeddedDatabase;
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
 * The coordinators' PostgreSQL: a primary, and a standby that every commit waits for. One thread at a time may break
 * it; anybody may connect.
 */
public final class PostgresPair implements AutoCloseable {
    /** How many each server takes. */
    public static final int MAX_CONNECTIONS = 120;

    private static final Duration IN_STEP = Duration.ofSeconds(20);

    /** The time that a server may take to recover by itself after a panic. */
    private static final Duration RECOVERY = Duration.ofSeconds(10);

    private static final Duration STARTUP = Duration.ofSeconds(60);
    private static final Map<String, String> SETTINGS = Map.of(
            "synchronous_commit", "on",
            "max_connections", Integer.toString(MAX_CONNECTIONS),
            "shared_buffers", "64MB",
            // So much of its log a primary keeps for a standby that is being made.
            "wal_keep_size", "128MB",
            "max_wal_size", "192MB",
            // A standby is back soon after its primary: commits wait for it. By default it looks every five seconds.
            "wal_retrieve_retry_interval", "200ms");

    /** Files that belong to the process, or would make a copy take itself for another server. */
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

    /** Makes both, and waits until they are in step. Blocks. */
    static PostgresPair create(Path folder) throws Exception {
        PostgresPair pair = new PostgresPair(
                EmbeddedDatabase.start(folder.resolve("postgres-a"), SETTINGS),
                EmbeddedDatabase.start(folder.resolve("postgres-b"), SETTINGS),
                folder.resolve("backup.log"));
        pair.replaceStandby();
        return pair;
    }

    /** Returns the ports of both servers, whichever is the primary. */
    public List<Integer> ports() {
        return ports;
    }

    /** Returns the server that takes writes. */
    public EmbeddedDatabase primary() {
        return primary;
    }

    /** A connection to the primary that no proxy is in the way of; the caller closes it. */
    public Connection connect(String database) throws SQLException {
        return ask(database).connect();
    }

    /** One of the primary's databases, with no proxy in the way. */
    public AskedDatabase ask(String database) {
        return ask(primary, database);
    }

    private static AskedDatabase ask(EmbeddedDatabase server, String database) {
        return new AskedDatabase(server.url(database) + "&connectTimeout=2&socketTimeout=30");
    }

    /** Not where the server does not answer, either. */
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
     * The primary is broken off and the standby takes over; then what was the primary comes back as a standby. Blocks
     * until they are in step.
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
        // Now, so that whoever repairs what fails from here on makes anew the one that was lost, not this one.
        standby = lost;
        replaceStandby();
    }

    /** Makes a standby the primary. Blocks until it takes writes. */
    private static void promote(EmbeddedDatabase promoted) throws Exception {
        try {
            ask(promoted, EmbeddedDatabase.USER).change("select pg_promote(true, 60)");
        } catch (SQLException unanswered) {
            // It may take over all the same, which is asked next.
        }
        if (!Wait.until(STARTUP, () -> holds(promoted, "select not pg_is_in_recovery()"))) {
            throw new IllegalStateException("the standby could not be promoted; its data: " + promoted.data());
        }
    }

    /** The primary ends at once, and is started again after that time. Blocks until it answers. */
    public void restart(Duration pause) throws Exception {
        primary.breakOff();
        Thread.sleep(pause);
        primary.startAgain();
        backAtMillis = System.currentTimeMillis();
    }

    /** When it last took writes again after a restart or a failover, in milliseconds since the epoch; 0 for never. */
    public long backAtMillis() {
        return backAtMillis;
    }

    /**
     * Makes the other server a standby of the primary anew, by PostgreSQL's own backup functions. What it had before is
     * deleted. From then on commits wait for it. Blocks until it is known to be in step.
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
        AskedDatabase settings = ask(EmbeddedDatabase.USER);
        settings.change("alter system set synchronous_standby_names = 'standby'");
        settings.change("select pg_reload_conf()");
        if (!hasStandby(STARTUP)) {
            throw new IllegalStateException("no standby came in step; its data: " + standby.data());
        }
    }

    /** Copies the primary's files while it runs: some come and go meanwhile, and the log brings them again. */
    private void backUp(Path copy) throws Exception {
        Folders.delete(copy);
        try (Connection connection = connect(EmbeddedDatabase.USER)) {
            var _ = AskedDatabase.update(connection, "select pg_backup_start('standby', true)");
            run("cp", "-a", primary.data().toString(), copy.toString());
            for (String name : LEFT_OUT) {
                Files.deleteIfExists(copy.resolve(name));
            }
            String label = "select labelfile from pg_backup_stop(false)";
            Files.writeString(
                    copy.resolve("backup_label"),
                    AskedDatabase.rows(connection, row -> row.getString(1), label)
                            .getFirst());
        }
    }

    private void run(String... command) throws IOException, InterruptedException {
        new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(log.toFile()))
                .start()
                .waitFor();
    }

    /** Waits until the standby has all that the primary has, and tells whether it came to that in time. Blocks. */
    private boolean hasStandby(Duration limit) throws Exception {
        return Wait.until(
                limit,
                () -> holds(
                        primary,
                        "select exists (select from pg_stat_replication where application_name = 'standby' and"
                                + " sync_state = 'sync')"));
    }

    /** Starts the primary where something has left it down, and sees to it that it has a standby. Blocks. */
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
     * Keeps the primary from writing any file beyond that size from now on, which it takes for a full disk. A write that
     * does not fit fails, and where the log does not, it panics and cannot come up again. PostgreSQL says of itself that
     * it means to treat the two alike. Blocks.
     */
    public void fillDisk(long fileBytes) throws IOException, InterruptedException {
        limitFiles(Long.toString(fileBytes));
    }

    /** There is room again; starts the primary where it has ended meanwhile. Blocks until it answers. */
    public void freeDisk() throws Exception {
        limitFiles("unlimited");
        if (primary.postmaster().isAlive() && Wait.until(RECOVERY, this::answers)) {
            limitFiles("unlimited"); // of what was being started meanwhile
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

    /** The JDBC URL of one of its databases by way of those addresses. */
    static String url(List<String> addresses, String database) {
        return "jdbc:postgresql://" + String.join(",", addresses) + "/" + database + "?user=" + EmbeddedDatabase.USER
                + "&targetServerType=primary&connectTimeout=2&hostRecheckSeconds=1";
    }

    /** Ends both. The data stays, for whoever reads the folder of a run. */
    @Override
    public void close() throws IOException {
        standby.breakOff();
        primary.breakOff();
    }
}
