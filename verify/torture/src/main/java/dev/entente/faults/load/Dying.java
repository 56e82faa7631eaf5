package dev.entente.faults.load;

import dev.entente.client.Entente;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.Set;

/**
 * A connection to one coordinator over which neither Commit nor Abort ever leaves: that client has died before.
 * Thread-safe.
 */
record Dying(ManagedChannel channel, Entente entente) implements AutoCloseable {
    private static final Duration ATTEMPT = Duration.ofSeconds(2);
    private static final Set<String> LAST_WORDS = Set.of(
            TransactionServiceGrpc.getCommitTransactionMethod().getFullMethodName(),
            TransactionServiceGrpc.getAbortTransactionMethod().getFullMethodName());

    static Dying of(String address) {
        ManagedChannel channel =
                NettyChannelBuilder.forTarget(address).usePlaintext().build();
        Entente entente = Entente.builder(ClientInterceptors.intercept(channel, new Silence())).stream(false)
                .callTimeout(ATTEMPT)
                .retryFor(ATTEMPT)
                .build();
        return new Dying(channel, entente);
    }

    private static final class Silence implements ClientInterceptor {
        @Override
        public <Q, R> ClientCall<Q, R> interceptCall(MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
            ClientCall<Q, R> call = next.newCall(method, options);
            return LAST_WORDS.contains(method.getFullMethodName()) ? new Unsaid<>(call) : call;
        }
    }

    private static final class Unsaid<Q, R> extends SimpleForwardingClientCall<Q, R> {
        Unsaid(ClientCall<Q, R> call) {
            super(call);
        }

        @Override
        public void start(Listener<R> listener, Metadata headers) {
            listener.onClose(Status.UNAVAILABLE.withDescription("this client is dead"), new Metadata());
        }

        @Override
        public void request(int messages) {
            // It was never started.
        }

        @Override
        public void sendMessage(Q message) {
            // Nor does anything leave.
        }

        @Override
        public void halfClose() {
            // So there is nothing to end.
        }
    }

    @Override
    public void close() {
        entente.close();
        channel.shutdownNow();
    }
}
