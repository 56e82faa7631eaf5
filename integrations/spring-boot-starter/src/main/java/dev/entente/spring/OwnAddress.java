package dev.entente.spring;

import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.core.env.Environment;

/** Tells where this application listens, as a coordinator on the same machine calls it. Thread-safe. */
public final class OwnAddress {
    private final Environment environment;
    private final ObjectProvider<GrpcServerLifecycle> grpcServer;
    private volatile int grpcPort;

    OwnAddress(Environment environment, ObjectProvider<GrpcServerLifecycle> grpcServer) {
        this.environment = environment;
        this.grpcServer = grpcServer;
    }

    /** Takes note of a gRPC server that is not the starter's. */
    void servesGrpc(int port) {
        grpcPort = port;
    }

    /** Returns {@code localhost:port} of its gRPC server; null where there is none, or none yet. */
    public @Nullable String grpc() {
        GrpcServerLifecycle own = grpcServer.getIfAvailable();
        int port = own == null ? grpcPort : own.port();
        return port > 0 ? "localhost:" + port : null;
    }

    /** Returns the URL of its web server; null where there is none, or none yet. */
    public @Nullable String http() {
        String port = environment.getProperty("local.server.port");
        return port == null
                ? null
                : "http://localhost:" + port + environment.getProperty("server.servlet.context-path", "");
    }
}
