package dev.entente.backends;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A server on loopback with a folder of its own. When this JVM ends, the server is killed and its folder is deleted.
 *
 * <p>Only one thread at a time may start, kill or close a server.
 */
public abstract class Backend implements AutoCloseable {
    /** The longest wait of a test. It equals {@link PatientAwaits#BOUND}, which is not on the class path of demos. */
    static final Duration LONGEST = Duration.ofMinutes(5);

    private static final Duration POLL_INTERVAL = Duration.ofMillis(50);

    private final Path folder;
    private final int port;
    private final Thread ending = new Thread(this::end);
    private volatile @Nullable Process process;

    Backend(String name) throws IOException {
        this(name, LoopbackPorts.next());
    }

    Backend(String name, int port) throws IOException {
        this.port = port;
        folder = Files.createTempDirectory("entente-" + name);
        Runtime.getRuntime().addShutdownHook(ending);
    }

    /** Returns the command that runs the server in the foreground. */
    abstract List<String> command() throws IOException;

    /** Returns whether the server is ready for requests. Blocks for at most a few seconds. */
    abstract boolean answers();

    /** Returns the port, which stays the same after each restart. */
    public final int port() {
        return port;
    }

    final Path folder() {
        return folder;
    }

    /** Starts the server unless it runs, and waits until it is ready. */
    public final void start() throws IOException {
        Process running = process;
        if (running != null && running.isAlive()) {
            return;
        }
        Process started = run(command());
        process = started;
        long began = System.nanoTime();
        while (!answers()) {
            if (!started.isAlive() || System.nanoTime() - began > LONGEST.toNanos()) {
                started.destroyForcibly();
                throw new IOException(command().get(0) + " does not start: " + log());
            }
            pause();
        }
    }

    /** Ends the server like kill -9. Data that it wrote is in the operating system's cache and is not lost. */
    public final void kill() {
        Process running = process;
        if (running != null) {
            await(running.destroyForcibly());
        }
    }

    /** Stops the server's execution. It accepts and answers nothing, but its connections stay open. */
    public final void freeze() throws IOException {
        signal("STOP");
    }

    /** Resumes a frozen server. */
    public final void thaw() throws IOException {
        signal("CONT");
    }

    /** Kills the server and deletes its folder. */
    @Override
    public final void close() {
        if (Runtime.getRuntime().removeShutdownHook(ending)) {
            end();
        }
    }

    /** Runs a command and appends its output to the log. */
    final Process run(List<String> command) throws IOException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile().toFile()))
                .start();
    }

    /** Returns the complete log. */
    final String log() throws IOException {
        return Files.readString(logFile());
    }

    private Path logFile() {
        return folder.resolve("out");
    }

    private void end() {
        kill();
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    private void signal(String name) throws IOException {
        Process running = process;
        if (running != null) {
            await(new ProcessBuilder("kill", "-" + name, Long.toString(running.pid())).start());
        }
    }

    /** Waits for the end despite interrupts. {@link Process#onExit} needs the common pool, which other work fills. */
    static int await(Process process) {
        boolean wasInterrupted = false;
        try {
            while (true) {
                try {
                    return process.waitFor();
                } catch (InterruptedException interrupted) {
                    wasInterrupted = true;
                }
            }
        } finally {
            if (wasInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(POLL_INTERVAL.toMillis());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while it started", interrupted);
        }
    }
}
