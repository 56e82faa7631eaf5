package dev.entente.server.api.wire;

import io.grpc.netty.shaded.io.netty.channel.ChannelHandler;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Stands before a connection's handshake. It closes a connection that is one too many, and one that has not begun to
 * speak HTTP/2 in time. One of a peer that has flooded another, or opens them too fast, waits before it is read. For
 * one connection.
 */
final class Door extends ChannelInboundHandlerAdapter {
    private static final int HELLO_SECONDS = 10;

    private final ChannelHandler next;
    private final PortTotals totals;
    private final BooleanSupplier hasBegun;
    /** The events that gRPC sent to the handshake while it was not let in. */
    private final List<Object> missed = new ArrayList<>(1);

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
        long slowed = totals.slowed().pauseNanos(peer);
        long pause = Math.max(slowed, totals.pace().pauseNanos(peer));
        if (pause == 0) {
            open(ctx, peer);
            return;
        }
        totals.refused(slowed == 0 ? PortRefusal.PACED : PortRefusal.SLOWED, peer);
        ctx.channel().config().setAutoRead(false);
        var _ = ctx.executor().schedule(() -> openLate(ctx, peer), pause, TimeUnit.NANOSECONDS);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        missed.add(event);
    }

    private void openLate(ChannelHandlerContext ctx, SocketAddress peer) {
        if (ctx.channel().isOpen()) {
            open(ctx, peer);
            missed.forEach(ctx.pipeline()::fireUserEventTriggered);
            ctx.channel().config().setAutoRead(true);
        }
    }

    private void open(ChannelHandlerContext ctx, SocketAddress peer) {
        var _ = ctx.executor().schedule(() -> closeIfSilent(ctx, peer), HELLO_SECONDS, TimeUnit.SECONDS);
        ctx.pipeline().replace(this, null, next);
    }

    private void closeIfSilent(ChannelHandlerContext ctx, SocketAddress peer) {
        if (!hasBegun.getAsBoolean() && ctx.channel().isOpen()) {
            totals.refused(PortRefusal.SILENT, peer);
            ctx.channel().unsafe().closeForcibly();
        }
    }
}
