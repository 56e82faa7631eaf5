package dev.entente.bench.peer;

import dev.entente.rig.Certificate;
import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.ServerServiceDefinition;
import io.grpc.TlsChannelCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollSocketChannel;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The gRPC of every process of the bench but Entente itself. One epoll event loop serves the server and all channels of
 * a process, so that a call and the calls that it makes never change threads. Thread-safe.
 */
public final class TunedGrpc implements AutoCloseable {
    /**
     * One: with two, the server and the channel of a relayed call may land on different ones, and each answer then
     * wakes another thread.
     */
    private static final int EVENT_LOOPS = 1;

    /** Names the folder of {@code chain.pem} and {@code key.pem} to a process that is to speak TLS. */
    private static final String TLS = "entente.bench.tls";

    private final @Nullable Certificate tls;
    private final EventLoopGroup eventLoops = new MultiThreadIoEventLoopGroup(
            EVENT_LOOPS, new DefaultThreadFactory("grpc", true), EpollIoHandler.newFactory());

    /** Speaks plaintext, or TLS in a process that was started so. */
    public TunedGrpc() {
        this(System.getProperty(TLS) == null ? null : Certificate.in(Path.of(System.getProperty(TLS))));
    }

    /** @param tls spoken on every connection, and trusted; null for plaintext */
    public TunedGrpc(@Nullable Certificate tls) {
        this.tls = tls;
    }

    /** Returns the options of a JVM whose gRPC is as this one is. */
    public List<String> jvmOptions() {
        return tls == null ? List.of() : List.of("-D" + TLS + "=" + tls.chain().getParent());
    }

    /** Says in one line how channels and servers are built, for the settings that are printed with each figure. */
    public static String description() {
        return "netty shaded, epoll, plaintext, directExecutor on both sides, " + EVENT_LOOPS
                + " event loop per process shared by server and channels, 1 connection per pair of processes,"
                + " disableRetry, raw bytes marshaller, no deadline, no interceptor";
    }

    /** Opens a channel to {@code port} on loopback; it connects with the first call. */
    public ManagedChannel channel(int port) {
        return NettyChannelBuilder.forAddress(loopback(port), towardsServers())
                .directExecutor()
                .disableRetry()
                .eventLoopGroup(eventLoops)
                .channelType(EpollSocketChannel.class)
                .build();
    }

    /**
     * Starts a server on a free port of loopback.
     *
     * @throws IOException if it cannot listen
     */
    public Server server(List<ServerServiceDefinition> services) throws IOException {
        return NettyServerBuilder.forAddress(loopback(0), ofServer())
                .directExecutor()
                .bossEventLoopGroup(eventLoops)
                .workerEventLoopGroup(eventLoops)
                .channelType(EpollServerSocketChannel.class)
                .addServices(services)
                .build()
                .start();
    }

    private ChannelCredentials towardsServers() {
        try {
            return tls == null
                    ? InsecureChannelCredentials.create()
                    : TlsChannelCredentials.newBuilder()
                            .trustManager(tls.chain().toFile())
                            .build();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private ServerCredentials ofServer() throws IOException {
        return tls == null
                ? InsecureServerCredentials.create()
                : TlsServerCredentials.create(tls.chain().toFile(), tls.key().toFile());
    }

    /** Stops the event loop; what is still in flight is lost. */
    @Override
    public void close() {
        var _ = eventLoops.shutdownGracefully();
    }

    private static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }
}
