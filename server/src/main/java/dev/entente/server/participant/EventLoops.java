package dev.entente.server.participant;

import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.IoHandlerFactory;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.ServerChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.Epoll;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioSocketChannel;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import io.grpc.netty.shaded.io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads that run all gRPC of a process. The server and every channel share one group, so that the thread that
 * serves a client often reads the participant's response, too. Code on these threads must not block. Thread-safe.
 *
 * @param group epoll if the platform has it, else NIO
 * @param threads the number of threads, at least 1
 */
public record EventLoops(
        EventLoopGroup group,
        int threads,
        Class<? extends Channel> clientChannel,
        Class<? extends ServerChannel> serverChannel)
        implements AutoCloseable {

    /** Starts one thread per two processors, at least 1. */
    public static EventLoops start() {
        return start(Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
    }

    /** Starts daemon threads. Close the group after the servers and channels that use it. */
    public static EventLoops start(int threads) {
        boolean epoll = Epoll.isAvailable();
        IoHandlerFactory handlers = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        EventLoopGroup group =
                new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory("entente-grpc", true), handlers);
        return epoll
                ? new EventLoops(group, threads, EpollSocketChannel.class, EpollServerSocketChannel.class)
                : new EventLoops(group, threads, NioSocketChannel.class, NioServerSocketChannel.class);
    }

    /**
     * Returns the event loop of the calling thread.
     *
     * @throws IllegalStateException if the calling thread is not in the group
     */
    public EventExecutor mine() {
        for (EventExecutor loop : group) {
            if (loop.inEventLoop()) {
                return loop;
            }
        }
        throw new IllegalStateException(Thread.currentThread() + " is not an event loop of this process");
    }

    /** Stops the threads; does not wait for them. */
    @Override
    public void close() {
        var _ = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
