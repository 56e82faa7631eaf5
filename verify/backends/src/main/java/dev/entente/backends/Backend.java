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
 * A server on loopback, with a folder of its own. It ends with this JVM, and is deleted then.
 *
 * <p>Of several threads one at a time may start, kill or close it.
 */
public abstract class Backend implements AutoCloseable {
    /** As long as a test may wait ({@link PatientAwaits#BOUND}, which demos do not have on the class path). */
    static final Duration LONGEST = Duration.ofMinutes(5);

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);

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

    /** The command that runs it in the foreground. */
    abstract List<String> command() throws IOException;

    /** Tells whether it does its work. Blocks for a few seconds at most. */
    abstract boolean answers();

    /** The port that it keeps over all its lives. */
    public final int port() {
        return port;
    }

    final Path folder() {
        return folder;
    }

    /** Starts it unless it runs, and waits until it answers. */
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

    /** Ends it as kill -9 does. What it has written is with the operating system, and stays. */
    public final void kill() {
        Process running = process;
        if (running != null) {
            await(running.destroyForcibly());
        }
    }

    /** Has it take nothing and answer nothing, with its connections open. */
    public final void freeze() throws IOException {
        signal("STOP");
    }

    /** Has it go on. */
    public final void thaw() throws IOException {
        signal("CONT");
    }

    /** Kills it, and deletes its folder. */
    @Override
    public final void close() {
        if (Runtime.getRuntime().removeShutdownHook(ending)) {
            end();
        }
    }

    /** Runs a command whose output goes to the log. */
    final Process run(List<String> command) throws IOException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile().toFile()))
                .start();
    }

    /** All that it has said. */
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

    /** Waits for its end, whoever interrupts. {@link Process#onExit} would wait for a common pool that others fill. */
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
            Thread.sleep(BETWEEN_LOOKS.toMillis());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while it started", interrupted);
        }
    }
}
