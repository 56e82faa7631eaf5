package dev.entente.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A Java process that the bench starts, and ends by its own handle. What it says on standard error goes to a log file.
 */
final class JavaProcess implements AutoCloseable {
    private static final int LOG_TAIL_LINES = 30;
    private static final long READY_LIMIT_SECONDS = 60;
    private static final long END_LIMIT_SECONDS = 10;

    private final String name;
    private final Process process;
    private final Path log;

    private JavaProcess(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
    }

    /**
     * Starts {@code java} of this process's own JDK in this process's own folder; its log lies in {@code directory}.
     */
    static JavaProcess java(String name, List<String> jvmOptions, List<String> arguments, Path directory) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmOptions);
        command.addAll(arguments);
        Path log = directory.resolve(name + ".log");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            return new JavaProcess(name, process, log);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + String.join(" ", command), e);
        }
    }

    long pid() {
        return process.pid();
    }

    /** Blocks until the process prints its first line on standard output, which says that it is ready. */
    String firstLine() throws InterruptedException {
        CompletableFuture<@Nullable String> line = CompletableFuture.supplyAsync(this::readLine);
        try {
            String said = line.get(READY_LIMIT_SECONDS, TimeUnit.SECONDS);
            if (said != null) {
                return said;
            }
        } catch (TimeoutException | ExecutionException e) {
            throw new IllegalStateException(failure("was not ready within " + READY_LIMIT_SECONDS + " s"), e);
        }
        throw new IllegalStateException(failure("ended before it was ready"));
    }

    /** kill -9; blocks until the process is gone. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    /** SIGTERM; blocks until the process has ended of its own accord, at most {@code limit}. */
    void end(Duration limit) throws InterruptedException {
        process.destroy();
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new IllegalStateException(failure("did not end within " + limit));
        }
    }

    /** Tells whether its log has {@code text} in it. */
    boolean hasSaid(String text) {
        try {
            return Files.readString(log).contains(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private @Nullable String readLine() {
        try {
            return process.inputReader(StandardCharsets.UTF_8).readLine();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String failure(String what) {
        return "process " + name + " (pid " + pid() + ") " + what + "; the end of its log:\n" + logTail();
    }

    private String logTail() {
        try {
            List<String> lines = Files.readAllLines(log);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size()));
        } catch (IOException e) {
            return "(" + e + ")";
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(END_LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
