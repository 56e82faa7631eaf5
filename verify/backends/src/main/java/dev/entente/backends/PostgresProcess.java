package dev.entente.backends;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL of the version on the class path, on a fixed port of loopback. The server runs until it is stopped, even
 * after this JVM ends, and can be started again on its data.
 *
 * <p>Only one thread at a time may start or stop a server.
 */
public final class PostgresProcess {
    /** The superuser, without a password. */
    public static final String USER = "postgres";

    /** An orderly stop first writes everything to disk, which takes seconds on a busy machine. */
    private static final long STOP_SECONDS = 60;

    private static final int LOG_LINES = 10;

    private final Path data;
    private final Path log;
    private final Map<String, String> settings;
    private final int port = LoopbackPorts.next();
    private volatile @Nullable ProcessHandle postmaster;

    /**
     * Describes a server that does not run yet.
     *
     * @param data the data folder, which must exist when the server is started
     * @param log the file to which the server appends its log
     * @param settings the settings for {@code postgres -c}; the values contain no quotes
     */
    public PostgresProcess(Path data, Path log, Map<String, String> settings) {
        this.data = data;
        this.log = log;
        this.settings = settings;
    }

    /**
     * Starts a server with new data in {@code folder/name}. Another process may take the port before the server binds
     * it. Therefore a failed start is repeated once, on another port and in another folder. Blocks for one or two
     * seconds.
     *
     * @param settings as for the constructor
     * @throws IOException with the last lines of PostgreSQL's log, if both starts fail
     */
    public static PostgresProcess create(Path folder, String name, Map<String, String> settings, Duration limit)
            throws IOException {
        Path log = Files.createDirectories(folder).resolve(name + ".log");
        try {
            return launch(folder.resolve(name), log, settings, limit);
        } catch (IOException first) {
            try {
                return launch(folder.resolve(name + "-again"), log, settings, limit);
            } catch (IOException second) {
                second.addSuppressed(first);
                throw new IOException("PostgreSQL did not start: " + second.getMessage(), second);
            }
        }
    }

    private static PostgresProcess launch(Path data, Path log, Map<String, String> settings, Duration limit)
            throws IOException {
        PostgresTemplate.copyTo(data);
        PostgresProcess server = new PostgresProcess(data, log, settings);
        try {
            server.start(limit);
        } catch (IOException failed) {
            PostgresTemplate.discard();
            throw failed;
        }
        return server;
    }

    /** Starts the server on its data. Blocks until the server answers. */
    public void start(Duration limit) throws IOException {
        List<String> command = new ArrayList<>();
        if ("root".equals(System.getProperty("user.name"))) {
            // PostgreSQL refuses to run as root; in a user namespace of its own it does not detect root.
            command.addAll(List.of("unshare", "-U"));
        }
        command.add(PostgresTemplate.program("pg_ctl").toString());
        command.addAll(List.of("start", "-w", "-t", Long.toString(limit.toSeconds())));
        command.addAll(List.of("-D", data.toString(), "-l", log.toString(), "-o", options()));
        int exit = Backend.await(new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(log.toFile()))
                .start());
        postmaster = postmaster(data).orElse(null);
        if (exit != 0) {
            stop("QUIT");
            throw new IOException("pg_ctl start exited with " + exit + "; the end of " + log + ": " + logEnd());
        }
    }

    /** Returns the options, quoted for a shell. */
    private String options() {
        StringBuilder options = new StringBuilder("-p " + port + " -c timezone=UTC -c unix_socket_directories=''");
        settings.forEach((name, value) -> options.append(" -c %s='%s'".formatted(name, value)));
        return options.toString();
    }

    private String logEnd() throws IOException {
        List<String> lines = Files.readAllLines(log);
        return String.join(" / ", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
    }

    /** Returns the postmaster that runs on that data folder. */
    public static Optional<ProcessHandle> postmaster(Path data) throws IOException {
        Path file = data.resolve("postmaster.pid");
        return Files.exists(file)
                ? ProcessHandle.of(
                                Long.parseLong(Files.readAllLines(file).get(0).strip()))
                        .filter(PostgresProcess::isPostgres)
                : Optional.empty();
    }

    /** Returns whether the process is a PostgreSQL: after a reboot another program may have the same process id. */
    private static boolean isPostgres(ProcessHandle process) {
        return process.info()
                .command()
                .filter(command -> command.endsWith("postgres"))
                .isPresent();
    }

    /** Returns the first process, the parent of all others, even after it has ended. */
    public ProcessHandle postmaster() {
        ProcessHandle started = postmaster;
        if (started == null) {
            throw new IllegalStateException("the PostgreSQL in " + data + " was never started");
        }
        return started;
    }

    /** Returns the data folder. */
    public Path data() {
        return data;
    }

    /** Returns the port on loopback. */
    public int port() {
        return port;
    }

    /** Returns the JDBC URL of one of the databases; the URL includes the user. */
    public String url(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database + "?user=" + USER;
    }

    /**
     * Stops the server if it runs, and kills it if the stop takes too long. Blocks until the server has ended.
     *
     * @param signal {@code INT} to write everything to disk first, {@code QUIT} to end at once
     */
    public void stop(String signal) throws IOException {
        ProcessHandle running = postmaster;
        if (running == null || !running.isAlive()) {
            return;
        }
        Backend.await(new ProcessBuilder("kill", "-" + signal, Long.toString(running.pid())).start());
        if (!endsInTime(running)) {
            running.destroyForcibly();
            endsInTime(running);
        }
    }

    private static boolean endsInTime(ProcessHandle running) {
        running.onExit()
                .orTimeout(STOP_SECONDS, TimeUnit.SECONDS)
                .exceptionally(late -> running)
                .join();
        return !running.isAlive();
    }
}
