package dev.entente.rig;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/**
 * A process that this process started. The first line on its standard output reports that it is ready. Its later output
 * and its standard error go to its log file. Thread-safe.
 */
public final class ChildProcess implements AutoCloseable {
    private static final Duration STOP = Duration.ofSeconds(10);

    private final String name;
    private final Process process;
    private final Path log;
    private final CompletableFuture<String> firstLine = new CompletableFuture<>();

    private ChildProcess(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
    }

    /**
     * Starts {@code command} and returns at once.
     *
     * @param environment added to this process's environment, from which all {@code ENTENTE_} variables are removed
     * @param log the file to which the output is appended
     */
    public static ChildProcess start(String name, List<String> command, Map<String, String> environment, Path log)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(Redirect.appendTo(log.toFile()));
        // The user's settings for another coordinator must not affect this process.
        builder.environment().keySet().removeIf(key -> key.startsWith("ENTENTE_"));
        builder.environment().putAll(environment);
        ChildProcess child = new ChildProcess(name, builder.start(), log);
        ChildReaper.watch(child.process.toHandle());
        Thread.ofPlatform().daemon().name("read " + name).start(child::readOutput);
        return child;
    }

    private void readOutput() {
        try (BufferedReader lines =
                        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
                PrintWriter out = new PrintWriter(
                        Files.newBufferedWriter(log, StandardOpenOption.CREATE, StandardOpenOption.APPEND))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!firstLine.complete(line)) {
                    out.println(line);
                    out.flush();
                }
            }
            firstLine.completeExceptionally(new IOException(name + " ended before it was ready"));
        } catch (IOException broken) {
            firstLine.completeExceptionally(broken);
        }
    }

    /**
     * Returns the first line of standard output. Blocks, and regularly reports on standard error that it still waits.
     *
     * @throws ChildFailure if the process ends before that line, or the line takes longer than {@code limit}
     */
    public String awaitFirstLine(Duration limit) throws InterruptedException {
        Duration left = limit;
        while (true) {
            Duration slice = left.compareTo(Readiness.NOTICE) < 0 ? left : Readiness.NOTICE;
            try {
                return firstLine.get(slice.toMillis(), TimeUnit.MILLISECONDS);
            } catch (ExecutionException ended) {
                throw ended();
            } catch (TimeoutException busy) {
                left = left.minus(slice);
                if (!left.isPositive()) {
                    throw tooSlow(limit);
                }
                System.err.printf(
                        "still waiting for %s (%d s); its log: %s%n",
                        name, limit.minus(left).toSeconds(), log);
            }
        }
    }

    /** Prefers the program's last message with an error code, because it is more precise than the log. */
    private ChildFailure ended() {
        int exit = awaitEnd(STOP) ? process.exitValue() : 1;
        String sentence = logLines().stream()
                .filter(line -> line.matches("ENT-\\d{3}: .*"))
                .reduce((_, last) -> last)
                .orElse(null);
        String how = name + " exited with code " + exit + " before it was ready";
        return new ChildFailure(
                sentence == null
                        ? how + "; the end of " + log + ":\n" + logEnd()
                        : sentence + "\n" + how + "; its log: " + log,
                exit);
    }

    /** Sends QUIT, so that a JVM writes its thread dump into the log. */
    private ChildFailure tooSlow(Duration limit) throws InterruptedException {
        String end = logEnd();
        try {
            signal("QUIT");
            process.waitFor(STOP.toMillis(), TimeUnit.MILLISECONDS);
        } catch (IOException none) {
            end += "\n" + none;
        }
        String main = logLines().stream()
                .dropWhile(line -> !line.startsWith("\"main\""))
                .takeWhile(line -> !line.isBlank())
                .collect(Collectors.joining("\n"));
        return new ChildFailure(
                name + " is not ready after " + limit.toSeconds()
                        + " s; increase --ready-timeout, or read the end of " + log + ":\n" + end + "\n"
                        + main,
                1);
    }

    /** Returns the last lines of the log. */
    String logEnd() {
        List<String> lines = logLines();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
    }

    private List<String> logLines() {
        try {
            return Files.readAllLines(log);
        } catch (IOException e) {
            return List.of(e.toString());
        }
    }

    public String name() {
        return name;
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Sends kill -9 and waits for the end of the process. */
    public void kill() {
        process.destroyForcibly();
        awaitEnd(STOP);
    }

    /** Sends {@code STOP}, {@code CONT}, {@code TERM} or {@code QUIT} to the process, unless it has ended. Blocks. */
    public void signal(String name) throws IOException {
        if (process.isAlive()) {
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .start()
                    .onExit()
                    .join();
        }
    }

    /** Waits until the process has ended by itself; returns false if it still runs after {@code limit}. */
    public boolean awaitEnd(Duration limit) {
        try {
            return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Blocks until the process has ended, and returns its exit code. */
    int awaitExit() throws InterruptedException {
        return process.waitFor();
    }

    /** Sends SIGTERM. Blocks until the process has ended by itself; throws {@link ChildFailure} after {@code limit}. */
    public void end(Duration limit) {
        process.destroy();
        if (!awaitEnd(limit)) {
            throw new ChildFailure(name + " did not end within " + limit + "; the end of " + log + ":\n" + logEnd(), 1);
        }
    }

    /** Returns whether the log contains {@code text}. */
    public boolean hasSaid(String text) {
        return logLines().stream().anyMatch(line -> line.contains(text));
    }

    /** Sends SIGTERM and waits; kills the process if it does not end. */
    @Override
    public void close() {
        process.destroy();
        if (!awaitEnd(STOP)) {
            kill();
        }
    }
}
