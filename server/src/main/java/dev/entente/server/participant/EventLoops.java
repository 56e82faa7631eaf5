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
 * The threads on which all of a process's gRPC runs. The server and every channel share one group, so that an answer is
 * often read by the thread that serves its client. Nothing that runs on them may block. Thread-safe.
 *
 * @param group epoll where the platform has it, else NIO
 * @param threads how many there are, at least 1
 */
public record EventLoops(
        EventLoopGroup group,
        int threads,
        Class<? extends Channel> clientChannel,
        Class<? extends ServerChannel> serverChannel) {

    /** Starts one for every two processors. */
    public static EventLoops start() {
        return start(Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
    }

    /** Starts daemon threads. Close it when the servers and channels that use it are closed. */
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
     * The one that the caller runs on.
     *
     * @throws IllegalStateException on any other thread
     */
    public EventExecutor mine() {
        for (EventExecutor loop : group) {
            if (loop.inEventLoop()) {
                return loop;
            }
        }
        throw new IllegalStateException(Thread.currentThread() + " is no event loop of this process");
    }

    /** Ends the threads; does not wait for them. */
    public void close() {
        var _ = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
