package dev.entente.client;

import static org.awaitility.Awaitility.await;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/**
 * A coordinator in a process of its own, to be stopped. It says on its output where it listens and what it is called
 * for.
 */
final class CoordinatorProcess implements AutoCloseable {
    private final Process process;
    private final String target;
    private final List<String> calls = new CopyOnWriteArrayList<>();

    /** Serves until it is killed. */
    public static void main(String[] args) throws IOException, InterruptedException {
        FakeCoordinator coordinator = new FakeCoordinator();
        coordinator.ignore("get"); // what another process accepted is not known here
        try (Loopback server = new Loopback(coordinator, new Telling())) {
            System.out.println(server.target());
            new CountDownLatch(1).await();
        }
    }

    private static final class Telling implements ServerInterceptor {
        @Override
        public <Q, R> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
            System.out.println(call.getMethodDescriptor().getBareMethodName());
            return next.startCall(call, headers);
        }
    }

    CoordinatorProcess() throws IOException {
        process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CoordinatorProcess.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        BufferedReader said = process.inputReader(StandardCharsets.UTF_8);
        target = said.readLine();
        Thread reader = new Thread(() -> said.lines().forEach(calls::add), "calls of a coordinator");
        reader.setDaemon(true);
        reader.start();
    }

    String target() {
        return target;
    }

    /** The names of the methods that it was called for. */
    List<String> calls() {
        return calls;
    }

    /** Freezes it: its connections stay, and nobody answers over them. Blocks until it stands still. */
    void stop() throws IOException, InterruptedException {
        signal("STOP");
        Path state = Path.of("/proc", Long.toString(process.pid()), "stat");
        await().until(() -> !Files.exists(state) || Files.readString(state).contains(") T "));
    }

    private void signal(String name) throws IOException, InterruptedException {
        int exit = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
        if (exit != 0) {
            throw new IllegalStateException("kill -" + name + " ended with " + exit);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
