package dev.entente.server.api.wire;

import io.grpc.netty.shaded.io.netty.channel.ChannelDuplexHandler;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads nothing more from a connection whose client does not read what it is sent, and closes it in the end. Nothing
 * else bounds answers without a body. For one connection, nearest to the socket.
 */
final class UnreadOutput extends ChannelDuplexHandler {
    static final int LONGEST_SECONDS = 30;
    /** A burst of answers fills the buffer for a moment. */
    private static final int PATIENCE_MILLIS = 100;

    private final PortTotals totals;
    private boolean isPaused;
    private @Nullable Future<?> pausing;
    private @Nullable Future<?> closing;

    UnreadOutput(PortTotals totals) {
        this.totals = totals;
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable()) {
            goOn(ctx);
        } else if (pausing == null) {
            pausing = ctx.executor().schedule(() -> pause(ctx), PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
            closing = ctx.executor().schedule(() -> closeNow(ctx), LONGEST_SECONDS, TimeUnit.SECONDS);
        }
        ctx.fireChannelWritabilityChanged();
    }

    private void pause(ChannelHandlerContext ctx) {
        isPaused = true;
        ctx.channel().config().setAutoRead(false);
    }

    private void goOn(ChannelHandlerContext ctx) {
        cancel(pausing);
        cancel(closing);
        pausing = null;
        closing = null;
        if (isPaused) {
            isPaused = false;
            ctx.channel().config().setAutoRead(true);
        }
    }

    private static void cancel(@Nullable Future<?> planned) {
        if (planned != null) {
            planned.cancel(false);
        }
    }

    private void closeNow(ChannelHandlerContext ctx) {
        totals.refused(PortRefusal.UNREAD, ctx.channel().remoteAddress());
        ctx.channel().unsafe().closeForcibly();
    }

    /** HTTP/2 reads on by itself where nobody else does. */
    @Override
    public void read(ChannelHandlerContext ctx) {
        if (!isPaused) {
            ctx.read();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        cancel(pausing);
        cancel(closing);
        ctx.fireChannelInactive();
    }
}
