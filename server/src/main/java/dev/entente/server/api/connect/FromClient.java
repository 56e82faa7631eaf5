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

/**
 * Shows the address of the client over HTTP to the services in place of the channel's, which is in this process, and
 * who it is where this process knows. Believes both: of the headers of a request {@link ConnectCalls} passes on neither.
 */
final class FromClient implements ServerInterceptor {
    /** The address of the client, which is set in this process alone. */
    static final Metadata.Key<String> ADDRESS =
            Metadata.Key.of("entente-http-client", Metadata.ASCII_STRING_MARSHALLER);

    /** The token of a visitor of the console, which is set in this process alone. */
    static final Metadata.Key<String> VISITOR = Metadata.Key.of("entente-visitor", Metadata.ASCII_STRING_MARSHALLER);

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        // A link's name means nothing to whoever reads the audit, nor to a machine without that link.
        String address = String.valueOf(headers.get(ADDRESS)).replaceFirst("%[^\\]]*", "");
        InetAddress client = InetAddress.ofLiteral(address);
        Attributes attributes = call.getAttributes().toBuilder()
                .set(Grpc.TRANSPORT_ATTR_REMOTE_ADDR, new InetSocketAddress(client, 0))
                .set(Authentication.VISITOR, headers.get(VISITOR))
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
