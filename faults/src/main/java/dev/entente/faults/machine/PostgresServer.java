package dev.entente.faults.machine;

import dev.entente.lab.machine.ChildProcess;
import dev.entente.lab.machine.Database;
import dev.entente.lab.machine.Wait;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL server that can be broken off and started again on its data. Durable: fsync, full_page_writes and synchronous_commit are on. Its methods are
 * called by one thread at a time.
 */
public final class PostgresServer implements AutoCloseable {
    /** How many it takes. */
    public static final int MAX_CONNECTIONS = 120;

    private static final Duration STARTUP = Duration.ofSeconds(60);
    private static final int INITDB_SECONDS = 60;
    private static final Map<String, String> SETTINGS = Map.of(
            "listen_addresses", "127.0.0.1",
            "fsync", "on",
            "full_page_writes", "on",
            "synchronous_commit", "on",
            "max_connections", Integer.toString(MAX_CONNECTIONS),
            "shared_buffers", "64MB",
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
     * @param binaries the folder with {@code initdb} and {@code postgres}
     * @param folder of its data, which is made
     */
    public static PostgresServer create(Path binaries, Path folder, String name, int port, Map<String, String> settings)
            throws Exception {
        PostgresServer server = new PostgresServer(binaries, folder, name, port);
        server.initialise(settings);
        server.start();
        return server;
    }

    private Path data() {
        return folder.resolve(name);
    }

    private Path log() {
        return folder.resolve(name + ".log");
    }

    private void initialise(Map<String, String> settings) throws IOException, InterruptedException {
        Process initdb = new ProcessBuilder(command(
                        "initdb",
                        "-D",
                        data().toString(),
                        "-U",
                        Database.USER,
                        "-A",
                        "trust",
                        "-E",
                        "UTF8",
                        "--no-sync"))
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(log().toFile()))
                .start();
        if (!initdb.waitFor(INITDB_SECONDS, TimeUnit.SECONDS) || initdb.exitValue() != 0) {
            throw new IllegalStateException("initdb of " + name + " failed; its log: " + log());
        }
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

    private boolean answers() {
        try (Connection connection = connect("postgres")) {
            return connection.isValid(1);
        } catch (SQLException starting) {
            return false;
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

    public int port() {
        return port;
    }

    /** A new connection that no proxy is in the way of; the caller closes it. */
    public Connection connect(String database) throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/" + database + "?user="
                + Database.USER + "&connectTimeout=2&socketTimeout=30");
    }

    /** Runs one statement. Blocks. */
    public void execute(String database, String sql) throws SQLException {
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    public void close() throws IOException {
        breakOff();
    }
}
