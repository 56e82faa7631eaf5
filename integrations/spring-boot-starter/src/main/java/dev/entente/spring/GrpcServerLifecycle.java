package dev.entente.spring;

import io.grpc.Server;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.springframework.context.SmartLifecycle;

/** The gRPC server of this application's services. Thread-safe. */
public final class GrpcServerLifecycle implements SmartLifecycle {
    /** Calls under way end in so many seconds, or are broken off. */
    private static final long DRAIN_SECONDS = 20;

    private final Server server;
    private final ExecutorService handlers;
    private volatile boolean isRunning;

    GrpcServerLifecycle(Server server, ExecutorService handlers) {
        this.server = server;
        this.handlers = handlers;
    }

    /** Returns the port that it listens on, once it is started. */
    public int port() {
        return server.getPort();
    }

    @Override
    public synchronized void start() {
        try {
            server.start();
            isRunning = true;
        } catch (IOException occupied) {
            throw new UncheckedIOException(
                    "entente.grpc.port cannot be listened on: " + occupied.getMessage(), occupied);
        }
    }

    @Override
    public synchronized void stop() {
        server.shutdown();
        try {
            if (!server.awaitTermination(DRAIN_SECONDS, TimeUnit.SECONDS)) {
                server.shutdownNow();
            }
        } catch (InterruptedException interrupted) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        }
        handlers.shutdown();
        isRunning = false;
    }

    @Override
    public boolean isRunning() {
        return isRunning;
    }
}
