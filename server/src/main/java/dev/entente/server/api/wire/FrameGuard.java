package dev.entente.server.api.wire;

import io.grpc.netty.shaded.io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Error;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Flags;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2FrameListener;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Headers;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Settings;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sees the frames of one connection before gRPC does. A connection that sends too many of a kind is closed; unfinished
 * requests are left to {@link RequestBodies}. For one event loop.
 */
final class FrameGuard extends Http2FrameListenerDecorator {
    private static final int MAX_SETTINGS_FRAMES = 100;
    /**
     * A client may give up all its calls at once. How old they are says nothing: where this coordinator was busy, the
     * beginning and the end of an honest call are read together.
     */
    private static final int MAX_RESET_FRAMES = 10_000;
    /** Clients measure a connection with one PING for each round trip. */
    private static final int MAX_PING_FRAMES = 50_000;

    private static final int MAX_EMPTY_FRAMES = 200_000;
    /** Calls that were refused because others are open: who goes on costs as much as if it were served. */
    private static final int MAX_REFUSED_CALLS = 500;

    private static final int GOODBYE_SECONDS = 2;
    /** gRPC tells a client so whose keep-alive is set too short. It means no harm, and learns from it. */
    private static final String TOO_MANY_PINGS = "too_many_pings";

    private final PortTotals totals;
    private final RequestBodies bodies;
    private final UntakenAnswers untaken;
    private final FrameBudget settings = new FrameBudget(MAX_SETTINGS_FRAMES, System::nanoTime);
    private final FrameBudget resets = new FrameBudget(MAX_RESET_FRAMES, System::nanoTime);
    private final FrameBudget pings = new FrameBudget(MAX_PING_FRAMES, System::nanoTime);
    private final FrameBudget empty = new FrameBudget(MAX_EMPTY_FRAMES, System::nanoTime);
    private final FrameBudget refused = new FrameBudget(MAX_REFUSED_CALLS, System::nanoTime);
    private @Nullable SocketAddress peer;
    private boolean isForgiven;

    private FrameGuard(Http2FrameListener grpc, RequestBodies bodies, UntakenAnswers untaken, PortTotals totals) {
        super(grpc);
        this.untaken = untaken;
        this.bodies = bodies;
        this.totals = totals;
    }

    /** Puts a guard before what listens to the connection's frames. */
    static FrameGuard stand(GrpcHttp2ConnectionHandler connection, PortTotals totals) {
        Http2FrameListener grpc = connection.decoder().frameListener();
        RequestBodies bodies = new RequestBodies(connection, grpc, totals);
        UntakenAnswers untaken = new UntakenAnswers(connection, grpc, totals);
        FrameGuard guard = new FrameGuard(grpc, bodies, untaken, totals);
        connection.decoder().frameListener(guard);
        connection.connection().addListener(guard.new Goodbyes());
        return guard;
    }

    /** Tells whether the peer has begun to speak HTTP/2: it begins with SETTINGS. */
    boolean hasBegun() {
        return peer != null;
    }

    @Override
    public void onHeadersRead(
            ChannelHandlerContext ctx,
            int streamId,
            Http2Headers headers,
            int dependency,
            short weight,
            boolean exclusive,
            int padding,
            boolean isLast)
            throws Http2Exception {
        super.onHeadersRead(ctx, streamId, headers, dependency, weight, exclusive, padding, isLast);
        if (!bodies.headers(ctx, streamId, headers.path(), isLast)) {
            count(refused, PortRefusal.REFUSED, ctx);
        }
        untaken.begun(ctx);
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // A copy has the same bytes, and is released here.
    public int onDataRead(ChannelHandlerContext ctx, int streamId, ByteBuf bytes, int padding, boolean isLast)
            throws Http2Exception {
        if (!isLast && !bytes.isReadable()) {
            count(empty, PortRefusal.FRAMES, ctx);
        }
        ByteBuf kept = bodies.data(ctx, streamId, bytes, isLast);
        if (kept == null) {
            return bytes.readableBytes() + padding;
        }
        if (kept == bytes) {
            return super.onDataRead(ctx, streamId, bytes, padding, isLast);
        }
        try {
            return super.onDataRead(ctx, streamId, kept, padding, isLast);
        } finally {
            kept.release();
        }
    }

    @Override
    public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings values) throws Http2Exception {
        if (peer == null) {
            peer = ctx.channel().remoteAddress();
            ctx.pipeline().addFirst(new UnreadOutput(totals));
        }
        count(settings, PortRefusal.SETTINGS, ctx);
        super.onSettingsRead(ctx, values);
    }

    @Override
    public void onSettingsAckRead(ChannelHandlerContext ctx) throws Http2Exception {
        count(settings, PortRefusal.SETTINGS, ctx);
        super.onSettingsAckRead(ctx);
    }

    @Override
    public void onRstStreamRead(ChannelHandlerContext ctx, int streamId, long error) throws Http2Exception {
        count(resets, PortRefusal.RESETS, ctx);
        super.onRstStreamRead(ctx, streamId, error);
    }

    @Override
    public void onPingRead(ChannelHandlerContext ctx, long content) throws Http2Exception {
        count(pings, PortRefusal.PINGS, ctx);
        super.onPingRead(ctx, content);
    }

    @Override
    public void onPingAckRead(ChannelHandlerContext ctx, long content) throws Http2Exception {
        count(pings, PortRefusal.PINGS, ctx);
        super.onPingAckRead(ctx, content);
    }

    @Override
    public void onPriorityRead(ChannelHandlerContext ctx, int streamId, int dependency, short weight, boolean exclusive)
            throws Http2Exception {
        count(empty, PortRefusal.FRAMES, ctx);
        super.onPriorityRead(ctx, streamId, dependency, weight, exclusive);
    }

    @Override
    public void onWindowUpdateRead(ChannelHandlerContext ctx, int streamId, int increment) throws Http2Exception {
        count(empty, PortRefusal.FRAMES, ctx);
        untaken.granted(streamId, increment);
        super.onWindowUpdateRead(ctx, streamId, increment);
    }

    @Override
    public void onUnknownFrame(ChannelHandlerContext ctx, byte type, int streamId, Http2Flags flags, ByteBuf payload)
            throws Http2Exception {
        count(empty, PortRefusal.FRAMES, ctx);
        super.onUnknownFrame(ctx, type, streamId, flags, payload);
    }

    private void count(FrameBudget budget, PortRefusal why, ChannelHandlerContext ctx) throws Http2Exception {
        if (budget.isExceeded()) {
            isForgiven = !budget.wasSudden();
            end(why, ctx);
        }
    }

    /** HTTP/2 says goodbye, drops what it has read, and closes; whoever does not listen to that is closed here. */
    private void end(PortRefusal why, ChannelHandlerContext ctx) throws Http2Exception {
        totals.refused(why, ctx.channel().remoteAddress());
        var _ = ctx.executor()
                .schedule(() -> ctx.channel().unsafe().closeForcibly(), GOODBYE_SECONDS, TimeUnit.SECONDS);
        throw Http2Exception.connectionError(Http2Error.ENHANCE_YOUR_CALM, "%s", why);
    }

    /** Slows a peer that had to be told that it broke the protocol, by a flood or beyond HTTP/2's own limits. */
    private final class Goodbyes extends Http2ConnectionAdapter {
        @Override
        public void onGoAwaySent(int lastStreamId, long error, ByteBuf reason) {
            SocketAddress known = peer;
            if (known == null || error == Http2Error.NO_ERROR.code()) {
                return;
            }
            if (TOO_MANY_PINGS.equals(reason.toString(StandardCharsets.US_ASCII))) {
                totals.pace().pingedOut(known);
            } else if (!isForgiven) {
                totals.slowed().slow(known);
            }
        }
    }
}
