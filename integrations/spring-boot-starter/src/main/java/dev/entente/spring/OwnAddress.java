package dev.entente.spring;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/** The address of this application for a coordinator on this machine. Thread-safe. */
public final class OwnAddress {
    private final Environment environment;
    private final ObjectProvider<GrpcServerLifecycle> grpcServer;
    private volatile int grpcPort;

    OwnAddress(Environment environment, ObjectProvider<GrpcServerLifecycle> grpcServer) {
        this.environment = environment;
        this.grpcServer = grpcServer;
    }

    /** Records the port of a gRPC server that is not the starter's. An in-process server has no port. */
    void servesGrpc(int port) {
        if (port > 0) {
            grpcPort = port;
        }
    }

    /**
     * Returns {@code host:port} of the gRPC server, otherwise the URL of the web server with the path before all
     * handlers. Null if there is neither, or not yet.
     *
     * @throws IllegalStateException if the server uses TLS; the message names the setting
     */
    public @Nullable String target() {
        GrpcServerLifecycle own = grpcServer.getIfAvailable();
        if (own != null && own.port() > 0) {
            refuse(own.isTls(), "the gRPC server", "leave out the bean of io.grpc.ServerCredentials");
            return "localhost:" + own.port();
        }
        if (grpcPort > 0) {
            refuse(isTls("spring.grpc.server.ssl"), "the gRPC server", "set spring.grpc.server.ssl.enabled=false");
            return host("spring.grpc.server.address") + ":" + grpcPort;
        }
        String port = environment.getProperty("local.server.port");
        if (port == null) {
            return null;
        }
        refuse(isTls("server.ssl"), "the web server", "set server.ssl.enabled=false");
        return "http://" + host("server.address") + ":" + port + path("server.servlet.context-path")
                + path("spring.mvc.servlet.path");
    }

    private static void refuse(boolean usesTls, String server, String remedy) {
        if (usesTls) {
            throw new IllegalStateException(
                    server + " uses TLS, and a coordinator in development calls it without TLS; " + remedy
                            + " in development and in tests");
        }
    }

    /** Applies Spring Boot's rule: one property of a group enables TLS, unless {@code enabled} is false. */
    private boolean isTls(String group) {
        return environment.getProperty(group + ".enabled", Boolean.class, true)
                && Binder.get(environment)
                        .bind(group, Bindable.mapOf(String.class, Object.class))
                        .isBound();
    }

    private String host(String property) {
        String given = environment.getProperty(property, "");
        if (given.isBlank() || given.equals("*")) {
            return "localhost";
        }
        try {
            InetAddress address = InetAddress.getAllByName(given)[0];
            String literal = address.getHostAddress();
            return address.isAnyLocalAddress() ? "localhost" : literal.contains(":") ? "[" + literal + "]" : literal;
        } catch (UnknownHostException unknown) {
            return given;
        }
    }

    private String path(String property) {
        return environment.getProperty(property, "").replaceAll("/+$", "");
    }
}
