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
import java.util.List;

/** Serves the services to a part of this process, behind the interceptors that callers from outside meet. */
public final class CallsWithin {
    private final Server server;
    private final ManagedChannel channel;

    /** @param interceptors the last one sees a call first */
    public CallsWithin(List<ServerServiceDefinition> services, List<ServerInterceptor> interceptors) {
        AnonymousInProcessSocketAddress address = new AnonymousInProcessSocketAddress();
        InProcessServerBuilder builder =
                InProcessServerBuilder.forAddress(address).directExecutor();
        interceptors.forEach(builder::intercept);
        builder.intercept(new FromClient(true));
        services.forEach(service -> builder.addService(RequestParsing.of(service)));
        server = builder.build();
        channel = InProcessChannelBuilder.forAddress(address)
                .directExecutor()
                .disableRetry()
                .build();
        try {
            server.start();
        } catch (IOException impossible) { // nothing is bound
            throw new UncheckedIOException(impossible);
        }
    }

    /**
     * Returns a channel for calls on behalf of a visitor.
     *
     * @param client its address, a literal
     * @param token SHA-256 of the token it has signed in with, in hex; empty where callers need none
     */
    public Channel from(String client, String token) {
        Metadata headers = new Metadata();
        headers.put(FromClient.ADDRESS, client);
        if (!token.isEmpty()) {
            headers.put(FromClient.VISITOR, token);
        }
        return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    /** Breaks off what is under way. */
    public void close() {
        channel.shutdownNow();
        server.shutdownNow();
    }
}
