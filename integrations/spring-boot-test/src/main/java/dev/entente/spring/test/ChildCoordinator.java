package dev.entente.spring.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.springframework.test.util.TestSocketUtils;

/** A coordinator in its own process, which ends with this JVM. Thread-safe. */
final class ChildCoordinator implements CoordinatorProgram {
    private static final long LONGEST_START_SECONDS = 300;
    private static final long LONGEST_STOP_SECONDS = 10;
    private static final int LOG_LINES = 30;
    /** Variables with options for this JVM, such as an agent, which another JVM may refuse. */
    private static final Set<String> JVM_OPTIONS = Set.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS");

    private final String java = CoordinatorJava.find().toString();
    private final int port = TestSocketUtils.findAvailableTcpPort();
    private final List<String> options = new ArrayList<>(List.of("server", "--json", "--take-announcements"));
    private final Path log;
    private Process process;

    /** Starts the process. Blocks until it is ready. */
    ChildCoordinator(Map<String, String> settings) {
        options.addAll(
                List.of("--until-pid", Long.toString(ProcessHandle.current().pid())));
        options.addAll(List.of("--grpc-port", Integer.toString(port), "--http-port"));
        options.add(Integer.toString(TestSocketUtils.findAvailableTcpPort()));
        settings.forEach((key, value) -> options.addAll(List.of("--set", key + "=" + value)));
        try {
            log = Files.createTempFile("entente-coordinator", ".log");
        } catch (IOException full) {
            throw new UncheckedIOException(full);
        }
        log.toFile().deleteOnExit();
        process = start();
    }

    /** Starts the program with these arguments; its errors go to its output or to the log. */
    private Process run(List<String> arguments, boolean isOutputWithErrors) {
        List<String> command =
                new ArrayList<>(List.of(java, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx512m"));
        command.addAll(List.of(
                "--enable-native-access=ALL-UNNAMED", "-jar", PackedServer.jar().toString()));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(Redirect.appendTo(log.toFile()));
        builder.redirectErrorStream(isOutputWithErrors);
        builder.environment().keySet().removeIf(key -> key.startsWith("ENTENTE_") || JVM_OPTIONS.contains(key));
        try {
            return builder.start();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Starts the coordinator. Blocks until it prints the line that reports its ports. */
    private Process start() {
        Process started = run(options, false);
        // A separate thread: those of the common pool may wait for this start.
        boolean isReady = CompletableFuture.supplyAsync(
                        () -> started.inputReader().lines().findFirst(),
                        read -> new Thread(read, "coordinator").start())
                .completeOnTimeout(Optional.empty(), LONGEST_START_SECONDS, TimeUnit.SECONDS)
                .join()
                .isPresent();
        if (!isReady) {
            started.destroyForcibly().onExit().join();
            throw new IllegalStateException("the coordinator's process did not become ready, and ended with code "
                    + started.exitValue() + logEnd());
        }
        return started;
    }

    private String logEnd() {
        try {
            List<String> lines = Files.readAllLines(log);
            List<String> last = lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size());
            return "; the end of its log:\n" + String.join("\n", last);
        } catch (IOException unreadable) {
            return "; its log is not readable: " + unreadable;
        }
    }

    @Override
    public String target() {
        return "localhost:" + port;
    }

    @Override
    public synchronized String describe(String gid) {
        String shown = run(List.of("tx", "describe", gid, "--target", target()), true)
                .inputReader()
                .lines()
                .collect(Collectors.joining("\n"));
        return shown + "\nthe coordinator's process " + (process.isAlive() ? "runs" : "has ended") + logEnd() + "\n";
    }

    @Override
    public synchronized void restart() {
        process.destroyForcibly().onExit().join();
        process = start();
    }

    @Override
    public synchronized void close() {
        process.destroy();
        process.onExit()
                .completeOnTimeout(process, LONGEST_STOP_SECONDS, TimeUnit.SECONDS)
                .join();
        process.destroyForcibly().onExit().join();
    }
}
