package dev.entente.bench.peer;

import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollSocketChannel;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * The gRPC setup of every process of the bench except Entente. One epoll event loop serves the server and all channels
 * of a process. A call and the calls that it makes therefore stay on one thread. Thread-safe.
 */
public final class TunedGrpc implements AutoCloseable {
    /**
     * One loop: with two loops the server and the channel of a relayed call may use different loops, and each answer
     * then wakes another thread.
     */
    private static final int EVENT_LOOPS = 1;

    private final EventLoopGroup eventLoops = new MultiThreadIoEventLoopGroup(
            EVENT_LOOPS, new DefaultThreadFactory("grpc", true), EpollIoHandler.newFactory());

    public TunedGrpc() {}

    /** Returns one line about the setup of channels and servers, for the settings that are printed with each figure. */
    public static String description() {
        return "netty shaded, epoll, plaintext, directExecutor on both sides, " + EVENT_LOOPS
                + " event loop per process shared by server and channels, 1 connection per pair of processes,"
                + " disableRetry, raw bytes marshaller, no deadline, no interceptor";
    }

    /** Opens a channel to {@code port} on loopback; the channel connects at the first call. */
    public ManagedChannel channel(int port) {
        return NettyChannelBuilder.forAddress(loopback(port), InsecureChannelCredentials.create())
                .directExecutor()
                .disableRetry()
                .eventLoopGroup(eventLoops)
                .channelType(EpollSocketChannel.class)
                .build();
    }

    /**
     * Starts a server on a free port of loopback.
     *
     * @throws IOException if the server cannot listen
     */
    public Server server(List<ServerServiceDefinition> services) throws IOException {
        return NettyServerBuilder.forAddress(loopback(0), InsecureServerCredentials.create())
                .directExecutor()
                .bossEventLoopGroup(eventLoops)
                .workerEventLoopGroup(eventLoops)
                .channelType(EpollServerSocketChannel.class)
                .addServices(services)
                .build()
                .start();
    }

    /** Stops the event loop; calls in flight are lost. */
    @Override
    public void close() {
        var _ = eventLoops.shutdownGracefully();
    }

    private static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }
}
