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
 * A process that this one started. Its first line on standard output says that it is ready; what follows, and all of
 * standard error, goes to its log file. Thread-safe.
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
     * @param environment added to this process's own, which is handed on without its {@code ENTENTE_} variables
     * @param log appended to
     */
    public static ChildProcess start(String name, List<String> command, Map<String, String> environment, Path log)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(Redirect.appendTo(log.toFile()));
        // What the user has set for his own coordinator is not meant for this one.
        builder.environment().keySet().removeIf(key -> key.startsWith("ENTENTE_"));
        builder.environment().putAll(environment);
        ChildProcess child = new ChildProcess(name, builder.start(), log);
        Guardian.watch(child.process.toHandle());
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
     * Its first line of standard output. Blocks, and says on standard error from time to time that it does.
     *
     * @throws ChildFailure where it ends before, or takes longer than {@code limit}
     */
    public String awaitFirstLine(Duration limit) throws InterruptedException {
        Duration left = limit;
        while (true) {
            Duration turn = left.compareTo(Readiness.NOTICE) < 0 ? left : Readiness.NOTICE;
            try {
                return firstLine.get(turn.toMillis(), TimeUnit.MILLISECONDS);
            } catch (ExecutionException ended) {
                throw ended();
            } catch (TimeoutException busy) {
                left = left.minus(turn);
                if (!left.isPositive()) {
                    throw tooSlow(limit);
                }
                System.err.printf(
                        "still waiting for %s (%d s); its log: %s%n",
                        name, limit.minus(left).toSeconds(), log);
            }
        }
    }

    /** A program's own last sentence with a code says more than its log. */
    private ChildFailure ended() {
        int exit = awaitEnd(STOP) ? process.exitValue() : 1;
        String sentence = logLines().stream()
                .filter(line -> line.matches("ENT-\\d{3}: .*"))
                .reduce((_, last) -> last)
                .orElse(null);
        String how = name + " ended with " + exit + " before it was ready";
        return new ChildFailure(
                sentence == null
                        ? how + "; the end of " + log + ":\n" + logEnd()
                        : sentence + "\n" + how + "; its log: " + log,
                exit);
    }

    /** Has a JVM write into its log where its threads stand. */
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
                        + " s; allow more with --ready-timeout, or look at the end of " + log + ":\n" + end + "\n"
                        + main,
                1);
    }

    /** Returns the last lines of its log. */
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

    /** kill -9, and waits until it is gone. */
    public void kill() {
        process.destroyForcibly();
        awaitEnd(STOP);
    }

    /** Sends it {@code STOP}, {@code CONT}, {@code TERM} or {@code QUIT}; nothing where it is gone. Blocks. */
    public void signal(String name) throws IOException {
        if (process.isAlive()) {
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .start()
                    .onExit()
                    .join();
        }
    }

    /** Waits until it has ended by itself; answers false where it still runs after {@code limit}. */
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

    /** SIGTERM; blocks until it has ended of its own accord, at most {@code limit}. */
    public void end(Duration limit) {
        process.destroy();
        if (!awaitEnd(limit)) {
            throw new ChildFailure(name + " did not end within " + limit + "; the end of " + log + ":\n" + logEnd(), 1);
        }
    }

    /** Tells whether its log has {@code text} in it. */
    public boolean hasSaid(String text) {
        return logLines().stream().anyMatch(line -> line.contains(text));
    }

    /** Asks it to end, waits, and kills it where it does not. */
    @Override
    public void close() {
        process.destroy();
        if (!awaitEnd(STOP)) {
            kill();
        }
    }
}
