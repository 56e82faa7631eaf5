package dev.entente.server.api.wire;

import io.grpc.netty.shaded.io.netty.channel.ChannelHandler;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Stands before a connection's handshake. It closes a connection that is one too many, and one that has not begun to
 * speak HTTP/2 in time. For one connection.
 */
final class Door extends ChannelHandlerAdapter {
    private static final int HELLO_SECONDS = 10;

    private final ChannelHandler next;
    private final PortTotals totals;
    private final BooleanSupplier hasBegun;

    /**
     * @param next what stands behind it: the handshake
     * @param hasBegun whether a first frame has come
     */
    Door(ChannelHandler next, PortTotals totals, BooleanSupplier hasBegun) {
        this.next = next;
        this.totals = totals;
        this.hasBegun = hasBegun;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        SocketAddress peer = ctx.channel().remoteAddress();
        if (peer == null || !totals.connections().enter(peer)) {
            totals.refused(PortRefusal.CONNECTIONS, String.valueOf(peer));
            ctx.channel().unsafe().closeForcibly();
            return;
        }
        var _ = ctx.channel()
                .closeFuture()
                .addListener(_ -> totals.connections().leave(peer));
        var _ = ctx.executor()
                .schedule(
                        () -> {
                            if (!hasBegun.getAsBoolean() && ctx.channel().isOpen()) {
                                totals.refused(PortRefusal.SILENT, peer);
                                ctx.channel().unsafe().closeForcibly();
                            }
                        },
                        HELLO_SECONDS,
                        TimeUnit.SECONDS);
        ctx.pipeline().replace(this, null, next);
    }
}
