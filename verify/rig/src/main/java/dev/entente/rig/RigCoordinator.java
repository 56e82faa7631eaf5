package dev.entente.rig;

import dev.entente.backends.LoopbackPorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A coordinator process of the built jar, which keeps its ports and its node name at a restart. One thread may start
 * and kill the process while other threads read.
 */
public final class RigCoordinator implements AutoCloseable {
    /** The option for the user's configuration file. Settings of this class take precedence over the file. */
    public static final String CONFIG = "--config";

    private static final String FLAG = "--";

    private final Settings settings;
    private final EmbeddedDatabase database;
    private volatile Path jar;
    private volatile @Nullable ChildProcess process;
    private volatile @Nullable Ready ready;

    /**
     * The settings for a start.
     *
     * @param jar the server's jar, unless {@link #use} replaces it
     * @param databaseName the coordinator's own database, which must exist
     * @param grpcPort 0 means any free port; also for {@code httpPort}
     * @param targets the participants by name
     * @param options further configuration, keys and values as in its file. A {@code database.url} here takes
     *     precedence over the database's own URL. Keys that begin with two dashes are command-line flags
     * @param folder the folder of the log file
     */
    public record Settings(
            Path jar,
            String node,
            String databaseName,
            int grpcPort,
            int httpPort,
            Map<String, String> targets,
            Map<String, String> options,
            Path folder) {}

    public RigCoordinator(EmbeddedDatabase database, Settings settings) {
        this.database = database;
        this.settings = settings;
        this.jar = settings.jar();
    }

    /** Uses another program from the next start on. */
    public void use(Path otherJar) {
        jar = otherJar;
    }

    /**
     * Starts the coordinator, at a restart on its previous ports. Blocks until it is ready.
     *
     * @param environment added to this process's own
     */
    public Ready start(Map<String, String> environment) throws IOException, InterruptedException {
        Ready line = Ready.parse(launch(environment).awaitFirstLine(Readiness.limit()));
        ready = line;
        return line;
    }

    /** Starts the coordinator as {@link #start} does, and returns at once. */
    public ChildProcess launch(Map<String, String> environment) throws IOException {
        ChildProcess started = ChildProcess.start(
                settings.node(), command(), environment, settings.folder().resolve(settings.node() + ".log"));
        process = started;
        return started;
    }

    /** Lets the supervisor start the process again on the same ports whenever it ends. The process must be running. */
    public void superviseBy(Supervisor supervisor) {
        supervisor.watch("coordinator", Objects.requireNonNull(process), () -> launch(Map.of()));
    }

    private List<String> command() throws IOException {
        List<String> command = new ArrayList<>(List.of(JavaCommand.java(), "-XX:+UseSerialGC", "-Xshare:auto"));
        command.addAll(JavaCommand.ownCompiler());
        command.addAll(ClassData.COORDINATOR.options());
        command.addAll(List.of("-Xmx512m", "-XX:+ExitOnOutOfMemoryError", "-jar", jar.toString()));
        command.addAll(List.of("server", "--json"));
        String given = settings.options().get(CONFIG);
        if (given == null) {
            Path file = settings.folder().resolve(settings.node() + ".yaml");
            List<String> lines = new ArrayList<>();
            configuration().forEach((key, value) -> lines.add(key + ": \"" + value + '"'));
            Files.write(file, lines);
            command.addAll(List.of(CONFIG, file.toString()));
        } else {
            command.addAll(List.of(CONFIG, given));
            configuration().forEach((key, value) -> command.add("--set=" + key + "=" + value));
        }
        settings.options().keySet().stream()
                .filter(key -> key.startsWith(FLAG) && !key.equals(CONFIG))
                .forEach(command::add);
        return command;
    }

    private Map<String, String> configuration() {
        Ready before = ready;
        Map<String, String> values = new TreeMap<>(settings.options());
        values.keySet().removeIf(key -> key.startsWith(FLAG));
        values.put("node", settings.node());
        values.put("grpc.port", Integer.toString(before == null ? lasting(settings.grpcPort()) : before.grpcPort()));
        values.put("http.port", Integer.toString(before == null ? lasting(settings.httpPort()) : before.httpPort()));
        values.putIfAbsent("database.url", database.url(settings.databaseName()));
        values.put("database.user", EmbeddedDatabase.USER);
        values.put("database.migrate", "true");
        settings.targets().forEach((name, target) -> values.put("participants." + name + ".target", target));
        return values;
    }

    /** Returns the port; for 0 a port that stays available while this process is stopped. */
    private static int lasting(int port) {
        return port == 0 ? LoopbackPorts.next() : port;
    }

    /** Returns the ready line of the latest successful start. */
    public Ready ready() {
        Ready line = ready;
        if (line == null) {
            throw new IllegalStateException(settings.node() + " was never started");
        }
        return line;
    }

    public boolean isAlive() {
        ChildProcess running = process;
        return running != null && running.isAlive();
    }

    /** Kills the process like kill -9. */
    public void kill() {
        ChildProcess running = process;
        if (running != null) {
            running.kill();
        }
    }

    /**
     * Marks this coordinator as dead, as another coordinator does after its lease has expired. Other coordinators take
     * over its transactions at their next check, without waiting for the lease in real time. Blocks.
     */
    public void declareDead() throws SQLException {
        database().change("update coordinator set dead_at = now() where node = ? and dead_at is null", settings.node());
    }

    /** Sends the process a signal such as {@code STOP}, unless it does not run. Blocks. */
    public void signal(String name) throws IOException {
        ChildProcess running = process;
        if (running != null) {
            running.signal(name);
        }
    }

    /** Returns the unfinished transactions in this coordinator's database. Blocks. */
    public OpenTransactions open() throws SQLException {
        return OpenTransactions.read(database());
    }

    /** Returns this coordinator's database. */
    public SqlDatabase database() {
        return database.ask(settings.databaseName());
    }

    /** Waits until the process has ended; returns false if it still runs after {@code limit}. */
    public boolean awaitEnd(Duration limit) {
        ChildProcess running = process;
        return running == null || running.awaitEnd(limit);
    }

    /** Returns the last lines of the log. */
    public String logEnd() {
        ChildProcess running = process;
        return running == null ? "" : running.logEnd();
    }

    /** Sends SIGTERM: the coordinator drains and ends. Blocks. */
    @Override
    public void close() {
        ChildProcess running = process;
        if (running != null) {
            running.close();
        }
    }
}
