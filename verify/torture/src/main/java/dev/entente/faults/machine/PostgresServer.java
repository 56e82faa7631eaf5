package dev.entente.faults.machine;

import dev.entente.backends.Folders;
import dev.entente.backends.PostgresTemplate;
import dev.entente.rig.AskedDatabase;
import dev.entente.rig.ChildProcess;
import dev.entente.rig.EmbeddedDatabase;
import dev.entente.rig.Wait;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL server that can be broken off and started again on its data. Durable: fsync, full_page_writes and
 * synchronous_commit are on. Its methods are called by one thread at a time.
 */
public final class PostgresServer implements AutoCloseable {
    /** How many it takes. */
    public static final int MAX_CONNECTIONS = 120;

    /** The time that a server may take to recover by itself after a panic. */
    private static final Duration RECOVERY = Duration.ofSeconds(10);

    private static final Duration STARTUP = Duration.ofSeconds(60);
    private static final Map<String, String> SETTINGS = Map.of(
            "listen_addresses", "127.0.0.1",
            "fsync", "on",
            "full_page_writes", "on",
            "synchronous_commit", "on",
            "max_connections", Integer.toString(MAX_CONNECTIONS),
            "shared_buffers", "64MB",
            // So much of its log a primary keeps for a standby that is being made.
            "wal_keep_size", "128MB",
            "max_wal_size", "192MB",
            // A standby is back soon after its primary: commits wait for it. By default it looks every five seconds.
            "wal_retrieve_retry_interval", "200ms",
            "unix_socket_directories", "");

    private final Path binaries;
    private final Path folder;
    private final String name;
    private final int port;
    private @Nullable ChildProcess process;

    private PostgresServer(Path binaries, Path folder, String name, int port) {
        this.binaries = binaries;
        this.folder = folder;
        this.name = name;
        this.port = port;
    }

    /**
     * Makes a new one and starts it. Blocks.
     *
     * @param binaries the folder with {@code postgres}
     * @param folder of its data, which is made
     */
    public static PostgresServer create(Path binaries, Path folder, String name, int port, Map<String, String> settings)
            throws Exception {
        PostgresServer server = new PostgresServer(binaries, folder, name, port);
        server.initialise(settings);
        server.start();
        return server;
    }

    /**
     * Makes a standby of a primary that runs, by PostgreSQL's own backup functions, and starts it. What it had before
     * is deleted. Blocks until it answers.
     *
     * @param primary which then sends its log here
     */
    public static PostgresServer standby(PostgresServer primary, String name, int port) throws Exception {
        PostgresServer server = new PostgresServer(primary.binaries, primary.folder, name, port);
        server.copy(primary);
        server.configure(Map.of(
                "primary_conninfo",
                "host=127.0.0.1 port=" + primary.port + " user=" + EmbeddedDatabase.USER + " application_name=standby",
                "synchronous_standby_names",
                ""));
        Files.createFile(server.data().resolve("standby.signal"));
        try {
            server.start();
        } catch (Exception late) {
            server.close(); // or the next that is made in its place finds the port taken
            throw late;
        }
        return server;
    }

    private void copy(PostgresServer primary) throws Exception {
        Folders.delete(data());
        Files.createDirectories(data());
        try (Connection connection = primary.connect("postgres")) {
            var _ = AskedDatabase.update(connection, "select pg_backup_start('standby', true)");
            DataFolder.copy(primary.data(), data());
            String label = "select labelfile from pg_backup_stop(false)";
            Files.writeString(
                    data().resolve("backup_label"),
                    AskedDatabase.rows(connection, row -> row.getString(1), label)
                            .getFirst());
        }
    }

    /** From now on commits wait for the standby. Blocks until it is known to be in step. */
    public void requireStandby() throws Exception {
        execute("postgres", "alter system set synchronous_standby_names = 'standby'");
        execute("postgres", "select pg_reload_conf()");
        if (!hasStandby(STARTUP)) {
            throw new IllegalStateException("no standby of " + name + " came in step; its log: " + log());
        }
    }

    /** Waits until its standby has all that it has, and tells whether it came to that in time. Blocks. */
    boolean hasStandby(Duration limit) throws Exception {
        return Wait.until(
                limit,
                () -> holds("select exists (select from pg_stat_replication where application_name = 'standby' and"
                        + " sync_state = 'sync')"));
    }

    /** Makes this standby the primary. Blocks until it takes writes. */
    public void promote() throws Exception {
        try {
            execute("postgres", "select pg_promote(true, 60)");
        } catch (SQLException unanswered) {
            // It may take over all the same, which is asked next.
        }
        if (!Wait.until(STARTUP, () -> holds("select not pg_is_in_recovery()"))) {
            throw new IllegalStateException(name + " could not be promoted; its log: " + log());
        }
    }

    /** Not where it does not answer, either. */
    private boolean holds(String query) {
        try {
            return ask("postgres").rows(row -> row.getBoolean(1), query).getFirst();
        } catch (SQLException unanswered) {
            return false;
        }
    }

    private Path data() {
        return folder.resolve(name);
    }

    private Path log() {
        return folder.resolve(name + ".log");
    }

    private void initialise(Map<String, String> settings) throws IOException {
        var _ = PostgresTemplate.copyTo(data());
        Map<String, String> all = new TreeMap<>(SETTINGS);
        all.putAll(settings);
        configure(all);
    }

    private void configure(Map<String, String> settings) throws IOException {
        try (PrintWriter file = new PrintWriter(
                Files.newBufferedWriter(data().resolve("postgresql.conf"), StandardOpenOption.APPEND))) {
            settings.forEach((key, value) -> file.println(key + " = '" + value + "'"));
        }
    }

    /** PostgreSQL refuses to run as root; in a user namespace of its own it does not know that it is. */
    private List<String> command(String program, String... arguments) {
        List<String> command = new ArrayList<>();
        if ("root".equals(System.getProperty("user.name"))) {
            command.addAll(List.of("unshare", "-U"));
        }
        command.add(binaries.resolve(program).toString());
        command.addAll(List.of(arguments));
        return command;
    }

    /** Starts it on its data. Blocks until it answers. */
    public void start() throws Exception {
        ChildProcess started = ChildProcess.start(
                name, command("postgres", "-D", data().toString(), "-p", Integer.toString(port)), Map.of(), log());
        process = started;
        if (!Wait.until(STARTUP, this::answers)) {
            throw new IllegalStateException(name + " does not answer; its log: " + log());
        }
    }

    boolean answers() {
        try (Connection connection = connect("postgres")) {
            return connection.isValid(1);
        } catch (SQLException starting) {
            return false;
        }
    }

    /**
     * Keeps it from writing any file beyond that size from now on, which it takes for a full disk. A write that does
     * not fit fails, and where the log does not, it panics and cannot come up again. PostgreSQL says of itself that it
     * means to treat the two alike. Blocks.
     */
    public void fillDisk(long fileBytes) throws IOException, InterruptedException {
        limitFiles(Long.toString(fileBytes));
    }

    /** There is room again; starts it where it has ended meanwhile. Blocks until it answers. */
    public void freeDisk() throws Exception {
        limitFiles("unlimited");
        ChildProcess running = process;
        if (running != null && running.isAlive() && Wait.until(RECOVERY, this::answers)) {
            limitFiles("unlimited"); // of what was being started meanwhile
            return;
        }
        breakOff();
        start();
    }

    private void limitFiles(String fileBytes) throws IOException, InterruptedException {
        ChildProcess running = process;
        if (running == null || !running.isAlive()) {
            return;
        }
        List<Long> pids = new ArrayList<>(List.of(running.pid()));
        ProcessHandle.of(running.pid())
                .ifPresent(postmaster ->
                        postmaster.children().map(ProcessHandle::pid).forEach(pids::add));
        for (long pid : pids) {
            new ProcessBuilder("prlimit", "--pid", Long.toString(pid), "--core=0:0", "--fsize=" + fileBytes + ":")
                    .redirectErrorStream(true)
                    .redirectOutput(Redirect.appendTo(log().toFile()))
                    .start()
                    .waitFor();
        }
    }

    /** An immediate shutdown: what is not in the log is gone, clients are cut off. Blocks until it has ended. */
    public void breakOff() throws IOException {
        ChildProcess running = process;
        if (running != null) {
            running.signal("QUIT");
            if (!running.awaitEnd(STARTUP)) {
                running.kill();
            }
        }
    }

    String name() {
        return name;
    }

    public int port() {
        return port;
    }

    /** A new connection that no proxy is in the way of; the caller closes it. */
    public Connection connect(String database) throws SQLException {
        return ask(database).connect();
    }

    /** One of its databases, with no proxy in the way. */
    AskedDatabase ask(String database) {
        return new AskedDatabase("jdbc:postgresql://127.0.0.1:" + port + "/" + database + "?user="
                + EmbeddedDatabase.USER + "&connectTimeout=2&socketTimeout=30");
    }

    /** Runs one statement. Blocks. */
    public void execute(String database, String sql) throws SQLException {
        ask(database).change(sql);
    }

    @Override
    public void close() throws IOException {
        breakOff();
    }
}
