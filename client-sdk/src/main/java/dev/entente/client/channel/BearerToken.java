package dev.entente.client.channel;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ForwardingClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import java.util.function.Supplier;

/** Adds the bearer token to each call. As thread-safe as the supplier of the token. */
public final class BearerToken implements ClientInterceptor {
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    private final Supplier<String> token;

    private BearerToken(Supplier<String> token) {
        this.token = token;
    }

    /**
     * Returns a channel that adds the token to its calls.
     *
     * @param token called for each call; an empty token is not sent
     */
    public static Channel attach(Channel channel, Supplier<String> token) {
        return ClientInterceptors.intercept(channel, new BearerToken(token));
    }

    @Override
    public <Q, R> ClientCall<Q, R> interceptCall(MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
        return new ForwardingClientCall.SimpleForwardingClientCall<>(next.newCall(method, options)) {
            @Override
            public void start(Listener<R> listener, Metadata headers) {
                String bearer = token.get();
                if (!bearer.isEmpty()) {
                    headers.put(AUTHORIZATION, "Bearer " + bearer);
                }
                super.start(listener, headers);
            }
        };
    }
}
