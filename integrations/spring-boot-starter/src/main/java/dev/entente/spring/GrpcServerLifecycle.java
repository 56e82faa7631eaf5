package dev.entente.spring;

import io.grpc.Server;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/**
 * The gRPC server of this application's services. Each start creates a new server and new threads, because a gRPC
 * server starts only once. Thread-safe.
 */
public final class GrpcServerLifecycle implements SmartLifecycle {
    /** The time limit for calls in flight at the stop, in seconds; later they are cancelled. */
    private static final long DRAIN_SECONDS = 20;

    private final Supplier<ExecutorService> threads;
    private final Function<ExecutorService, Server> servers;
    private final boolean isTls;
    private volatile @Nullable Running running;

    private record Running(Server server, ExecutorService handlers) {}

    GrpcServerLifecycle(Supplier<ExecutorService> threads, Function<ExecutorService, Server> servers, boolean isTls) {
        this.threads = threads;
        this.servers = servers;
        this.isTls = isTls;
    }

    boolean isTls() {
        return isTls;
    }

    /** Returns the server's port; -1 while it does not run. */
    public int port() {
        Running now = running;
        return now == null ? -1 : now.server().getPort();
    }

    @Override
    public synchronized void start() {
        if (running != null) {
            return;
        }
        ExecutorService handlers = threads.get();
        try {
            running = new Running(servers.apply(handlers).start(), handlers);
        } catch (IOException occupied) {
            throw new UncheckedIOException(
                    "the gRPC server cannot listen on entente.grpc.port: " + occupied.getMessage(), occupied);
        } finally {
            if (running == null) {
                handlers.shutdown();
            }
        }
    }

    @Override
    public synchronized void stop() {
        Running last = running;
        if (last == null) {
            return;
        }
        Server server = last.server().shutdown();
        try {
            if (!server.awaitTermination(DRAIN_SECONDS, TimeUnit.SECONDS)) {
                server.shutdownNow();
            }
        } catch (InterruptedException interrupted) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        }
        last.handlers().shutdown();
        running = null;
    }

    @Override
    public boolean isRunning() {
        return running != null;
    }
}
