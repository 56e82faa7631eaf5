package dev.entente.faults.load;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A client's channel to a participant that it calls itself. Where it could not connect, the next call makes it try
 * again before long: gRPC's own pause grows to two minutes, and a participant that has long been back would seem to be
 * away. Thread-safe.
 */
final class PromptChannel extends Channel implements AutoCloseable {
    private static final long PAUSE_NANOS = Duration.ofMillis(500).toNanos();

    private final ManagedChannel channel;
    private final AtomicLong triedNanos = new AtomicLong(System.nanoTime());

    private PromptChannel(ManagedChannel channel) {
        this.channel = channel;
    }

    static PromptChannel to(String address) {
        return new PromptChannel(
                NettyChannelBuilder.forTarget(address).usePlaintext().build());
    }

    @Override
    public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
        long now = System.nanoTime();
        long before = triedNanos.get();
        if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE
                && now - before >= PAUSE_NANOS
                && triedNanos.compareAndSet(before, now)) {
            channel.resetConnectBackoff();
        }
        return channel.newCall(method, options);
    }

    @Override
    public String authority() {
        return channel.authority();
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
