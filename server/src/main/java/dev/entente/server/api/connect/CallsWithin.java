package dev.entente.server.api.connect;

import dev.entente.server.api.wire.RequestParsing;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.inprocess.AnonymousInProcessSocketAddress;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Serves the services within this process, to the console and to calls over HTTP, with the interceptors of external
 * calls. Requests are messages, or JSON. All calls run on virtual threads. Thread-safe.
 */
public final class CallsWithin {
    private final List<ServerServiceDefinition> services;
    private final Server server;
    private final ManagedChannel channel;

    /**
     * Starts the server.
     *
     * @param interceptors the last interceptor sees a call first
     */
    public CallsWithin(List<ServerServiceDefinition> services, List<ServerInterceptor> interceptors) {
        this.services = services;
        ExecutorService threads = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("entente-call-within-", 0).factory());
        AnonymousInProcessSocketAddress address = new AnonymousInProcessSocketAddress();
        InProcessServerBuilder builder =
                InProcessServerBuilder.forAddress(address).executor(threads);
        interceptors.forEach(builder::intercept);
        builder.intercept(new ClientAddressInterceptor());
        services.forEach(service -> builder.addService(RequestParsing.of(service)));
        server = builder.build();
        channel = InProcessChannelBuilder.forAddress(address)
                .executor(threads)
                .disableRetry()
                .build();
        try {
            server.start();
        } catch (IOException impossible) { // the server binds no port
            throw new UncheckedIOException(impossible);
        }
    }

    List<ServerServiceDefinition> services() {
        return services;
    }

    /** Returns a channel for calls with headers of this process, which identify the caller. */
    Channel channel() {
        return channel;
    }

    /**
     * Returns a channel for calls on behalf of a console user.
     *
     * @param client the user's address, a literal
     * @param token SHA-256 of the user's token, in hex; empty without a token
     * @param user the name that a trusted proxy has sent; empty for none
     */
    public Channel from(String client, String token, String user) {
        Metadata headers = new Metadata();
        headers.put(ClientAddressInterceptor.ADDRESS, client);
        if (!token.isEmpty()) {
            headers.put(ClientAddressInterceptor.VISITOR, token);
        }
        if (!user.isEmpty()) {
            headers.put(ClientAddressInterceptor.USER, user.getBytes(StandardCharsets.UTF_8));
        }
        return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    /** Returns the server, for a caller that shuts it down before {@link #close}. */
    public Server server() {
        return server;
    }

    /** Cancels the calls in progress. */
    public void close() {
        channel.shutdownNow();
        server.shutdownNow();
    }
}
