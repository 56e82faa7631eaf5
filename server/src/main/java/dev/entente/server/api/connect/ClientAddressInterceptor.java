package dev.entente.server.api.connect;

import dev.entente.server.api.access.Authentication;
import io.grpc.Attributes;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * Replaces the in-process channel's address by the address of the HTTP client, and adds the console user, if known.
 * Trusts these headers, because {@link ConnectCalls} passes none of them from a request.
 */
final class ClientAddressInterceptor implements ServerInterceptor {
    /** The client's address, which only this process sets. */
    static final Metadata.Key<String> ADDRESS =
            Metadata.Key.of("entente-http-client", Metadata.ASCII_STRING_MARSHALLER);

    /** The token hash of a console user, which only this process sets. */
    static final Metadata.Key<String> VISITOR = Metadata.Key.of("entente-visitor", Metadata.ASCII_STRING_MARSHALLER);

    /** The name of a console user by a trusted proxy, in UTF-8, which only this process sets. */
    static final Metadata.Key<byte[]> USER = Metadata.Key.of("entente-user-bin", Metadata.BINARY_BYTE_MARSHALLER);

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        // The scope of an IPv6 address is useless in the audit, and invalid on a machine without that interface.
        String address = String.valueOf(headers.get(ADDRESS)).replaceFirst("%[^\\]]*", "");
        InetAddress client = InetAddress.ofLiteral(address);
        byte[] user = headers.get(USER);
        Attributes attributes = call.getAttributes().toBuilder()
                .set(Grpc.TRANSPORT_ATTR_REMOTE_ADDR, new InetSocketAddress(client, 0))
                .set(Authentication.VISITOR, headers.get(VISITOR))
                .set(Authentication.USER, user == null ? null : new String(user, StandardCharsets.UTF_8))
                .build();
        return next.startCall(
                new SimpleForwardingServerCall<>(call) {
                    @Override
                    public Attributes getAttributes() {
                        return attributes;
                    }
                },
                headers);
    }
}
