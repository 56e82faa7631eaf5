package dev.entente.bench;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The built server jar, started as a user would start it against a PostgreSQL of his own. */
final class EntenteServer {
    /** The participant's name in the coordinator's configuration and in the plans. */
    static final String PARTICIPANT = "bench";

    private static final Duration READY_LIMIT = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(50);
    private static final int HTTP_OK = 200;

    private final ChildProcess process;
    private final int grpcPort;
    private final List<String> arguments;

    private EntenteServer(ChildProcess process, int grpcPort, List<String> arguments) {
        this.process = process;
        this.grpcPort = grpcPort;
        this.arguments = arguments;
    }

    /** Starts {@code jar} and blocks until it is ready to take transactions. */
    static EntenteServer start(Path jar, List<String> jvmOptions, String jdbcUrl, int participantPort, Path directory)
            throws IOException, InterruptedException {
        int grpcPort = freePort();
        int httpPort = freePort();
        List<String> arguments = new ArrayList<>(List.of("-jar", jar.toString(), "server", "--migrate"));
        arguments.addAll(List.of("--jdbc-url", jdbcUrl));
        arguments.addAll(List.of("--grpc-port", Integer.toString(grpcPort)));
        arguments.addAll(List.of("--http-port", Integer.toString(httpPort)));
        arguments.addAll(List.of("--participant", PARTICIPANT + "=127.0.0.1:" + participantPort));
        ChildProcess process = ChildProcess.java("entente", jvmOptions, arguments, directory);
        try {
            awaitReady(process, httpPort);
        } catch (IllegalStateException e) {
            process.close();
            throw e;
        }
        return new EntenteServer(process, grpcPort, List.copyOf(arguments));
    }

    ChildProcess process() {
        return process;
    }

    int grpcPort() {
        return grpcPort;
    }

    /** The command line behind {@code java} and its options. */
    List<String> arguments() {
        return arguments;
    }

    private static void awaitReady(ChildProcess process, int httpPort) throws InterruptedException {
        long giveUpAt = System.nanoTime() + READY_LIMIT.toNanos();
        while (!isReady(httpPort)) {
            if (!process.isAlive()) {
                throw new IllegalStateException(process.failure("ended before it was ready"));
            }
            if (System.nanoTime() > giveUpAt) {
                throw new IllegalStateException(process.failure("was not ready within " + READY_LIMIT));
            }
            Thread.sleep(POLL);
        }
    }

    private static boolean isReady(int httpPort) {
        try {
            URI readyz = URI.create("http://127.0.0.1:" + httpPort + "/readyz");
            HttpURLConnection connection = (HttpURLConnection) readyz.toURL().openConnection();
            return connection.getResponseCode() == HTTP_OK;
        } catch (IOException e) {
            return false;
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
