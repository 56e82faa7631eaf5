package dev.entente.server.api.wire;

import io.grpc.netty.shaded.io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Error;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2FrameListener;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Stream;
import io.grpc.netty.shaded.io.netty.util.AsciiString;
import io.grpc.netty.shaded.io.netty.util.collection.IntObjectHashMap;
import io.grpc.netty.shaded.io.netty.util.collection.IntObjectMap;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The unfinished requests of one connection, within bounds of bytes and time. A request that comes whole in one frame
 * is never here. For one event loop.
 */
final class RequestBodies extends Http2ConnectionAdapter {
    /** Unfinished bytes of one connection, unless two of the largest messages are larger. */
    private static final int MAX_CONNECTION_BYTES = 16 << 20;

    private static final Duration LONGEST_OPEN = Duration.ofSeconds(10);
    private static final Duration LONGEST = Duration.ofMinutes(2);
    private static final long LONGEST_OPEN_NANOS = LONGEST_OPEN.toNanos();
    private static final long LONGEST_NANOS = LONGEST.toNanos();
    private static final int LOOK_SECONDS = 1;

    /** A frame that is kept costs objects beside its bytes. */
    private static final int FRAME_BYTES = 128;
    /** A slice keeps all of the buffer that it was read into; one so much smaller than it is copied. */
    private static final int MOST_SLACK = 4;

    private static final AsciiString OPEN = AsciiString.of("/grpc.");
    private static final AsciiString HEALTH = AsciiString.of("/grpc.health.");
    private final GrpcHttp2ConnectionHandler connection;
    private final Http2FrameListener grpc;
    private final PortTotals totals;
    private final LongSupplier nanos = System::nanoTime;
    private final IntObjectMap<RequestBody> bodies = new IntObjectHashMap<>();
    private final OpenCalls openCalls;
    private final long maxHeldBytes;
    private @Nullable ChannelHandlerContext ctx;
    private long heldBytes;
    private boolean isLooking;

    RequestBodies(GrpcHttp2ConnectionHandler connection, Http2FrameListener grpc, PortTotals totals) {
        this.connection = connection;
        this.grpc = grpc;
        this.totals = totals;
        maxHeldBytes = Math.max(MAX_CONNECTION_BYTES, 2L * totals.maxMessageBytes());
        openCalls = new OpenCalls(connection.connection(), totals);
        connection.connection().addListener(this);
    }

    /** Takes the beginning of a request, or its end, after gRPC; false where it was one call too many. */
    boolean headers(ChannelHandlerContext context, int streamId, @Nullable CharSequence path, boolean isLast) {
        ctx = context;
        RequestBody.Kind kind = kind(path);
        if (kind.isOpen() && !openCalls.begin(streamId, context.channel().remoteAddress())) {
            refuse(context, streamId, PortRefusal.TOO_MANY_CALLS);
            return false;
        }
        if (isLast) {
            forget(streamId);
            return true;
        }
        if (kind == RequestBody.Kind.UNARY || !isAwaited(streamId)) {
            return true;
        }
        begin(streamId, kind);
        look(context);
        return true;
    }

    private RequestBody.Kind kind(@Nullable CharSequence path) {
        if (!(path instanceof AsciiString called)) {
            return RequestBody.Kind.UNARY;
        }
        if (called.startsWith(OPEN)) {
            return called.startsWith(HEALTH) ? RequestBody.Kind.HEALTH : RequestBody.Kind.REFLECTION;
        }
        return called.equals(totals.streamPath()) ? RequestBody.Kind.STREAM : RequestBody.Kind.UNARY;
    }

    /** Tells whether the stream is open, and gRPC has not ended it. */
    private boolean isAwaited(int streamId) {
        Http2Stream stream = connection.connection().stream(streamId);
        return stream != null && stream.state() == Http2Stream.State.OPEN;
    }

    private RequestBody begin(int streamId, RequestBody.Kind kind) {
        RequestBody body = new RequestBody(kind, nanos);
        bodies.put(streamId, body);
        return body;
    }

    /** Returns the bytes for gRPC, or a copy that the caller releases; null where gRPC must not have them. */
    @Nullable
    ByteBuf data(ChannelHandlerContext context, int streamId, ByteBuf bytes, boolean isLast) {
        RequestBody known = bodies.get(streamId);
        if (known == null && isLast) {
            return bytes;
        }
        if (known == null && !isAwaited(streamId)) {
            return null;
        }
        RequestBody body = known == null ? begin(streamId, RequestBody.Kind.UNARY) : known;
        RequestBody.Verdict verdict = body.take(bytes);
        if (verdict != RequestBody.Verdict.GOES_ON) {
            refuse(
                    context,
                    streamId,
                    verdict == RequestBody.Verdict.COMPRESSED ? PortRefusal.COMPRESSED : PortRefusal.TOO_LARGE);
            return null;
        }
        if (isLast) {
            forget(streamId);
            return bytes;
        }
        if (!hold(body, body.heldWith(bytes.readableBytes() + FRAME_BYTES))) {
            refuse(context, streamId, PortRefusal.TOO_MANY_BYTES);
            return null;
        }
        if (body.heldBytes() == 0) {
            return bytes;
        }
        look(context);
        return unpinned(context, bytes);
    }

    private static ByteBuf unpinned(ChannelHandlerContext context, ByteBuf bytes) {
        ByteBuf readInto = bytes.unwrap();
        int size = bytes.readableBytes();
        return readInto == null || readInto.capacity() <= MOST_SLACK * size
                ? bytes
                : context.alloc().buffer(size, size).writeBytes(bytes, bytes.readerIndex(), size);
    }

    private boolean hold(RequestBody body, int bytes) {
        int more = bytes - body.heldBytes();
        HeldBytes total = totals.of(body.kind());
        if (more > 0 && (heldBytes + more > maxHeldBytes || !total.tryHold(more))) {
            return false;
        }
        if (more < 0) {
            total.release(-more);
        }
        heldBytes += more;
        body.hold(bytes);
        return true;
    }

    private void forget(int streamId) {
        RequestBody body = bodies.isEmpty() ? null : bodies.remove(streamId);
        if (body == null) {
            return;
        }
        var _ = hold(body, 0);
    }

    @Override
    public void onStreamClosed(Http2Stream stream) {
        forget(stream.id());
    }

    /** A stream that gRPC has ended takes no more: what is left of its request is not waited for. */
    @Override
    public void onStreamHalfClosed(Http2Stream stream) {
        ChannelHandlerContext context = ctx;
        if (stream.state() != Http2Stream.State.HALF_CLOSED_LOCAL || context == null) {
            return;
        }
        boolean isHeld = bodies.containsKey(stream.id());
        forget(stream.id());
        context.executor().execute(() -> reset(context, stream.id(), Http2Error.NO_ERROR, isHeld));
    }

    /** Looks in a while for requests that take too long, unless it does already. */
    private void look(ChannelHandlerContext context) {
        if (!isLooking) {
            isLooking = true;
            var _ = context.executor().schedule(() -> lookNow(context), LOOK_SECONDS, TimeUnit.SECONDS);
        }
    }

    private void lookNow(ChannelHandlerContext context) {
        isLooking = false;
        List<Integer> late = new ArrayList<>();
        boolean isWaiting = false;
        for (IntObjectMap.PrimitiveEntry<RequestBody> entry : bodies.entries()) {
            RequestBody body = entry.value();
            if (body.isUnfinished()) {
                isWaiting = true;
                if (body.ageNanos() > (body.kind().isOpen() ? LONGEST_OPEN_NANOS : LONGEST_NANOS)) {
                    late.add(entry.key());
                }
            }
        }
        for (int streamId : late) {
            refuse(context, streamId, PortRefusal.TOO_SLOW);
        }
        if (isWaiting) {
            look(context);
        }
        context.flush();
    }

    private void refuse(ChannelHandlerContext context, int streamId, PortRefusal why) {
        totals.refused(why, context.channel().remoteAddress());
        forget(streamId);
        Http2Stream stream = connection.connection().stream(streamId);
        if (stream == null) {
            return;
        }
        boolean canAnswer = !stream.isHeadersSent();
        if (canAnswer) {
            var _ = connection.encoder().writeHeaders(context, streamId, why.answer(), 0, true, context.newPromise());
        }
        reset(context, streamId, canAnswer ? Http2Error.NO_ERROR : Http2Error.ENHANCE_YOUR_CALM, true);
    }

    /** @param isHeld whether gRPC holds bytes of it, which it drops where the client seems to give up */
    private void reset(ChannelHandlerContext context, int streamId, Http2Error error, boolean isHeld) {
        if (connection.connection().stream(streamId) == null) {
            return;
        }
        if (isHeld) {
            giveUp(context, streamId);
        }
        var _ = connection.encoder().writeRstStream(context, streamId, error.code(), context.newPromise());
        context.flush();
    }

    private void giveUp(ChannelHandlerContext context, int streamId) {
        try {
            grpc.onRstStreamRead(context, streamId, Http2Error.ENHANCE_YOUR_CALM.code());
        } catch (Http2Exception tooManyResets) {
            connection.onError(context, false, tooManyResets);
        }
    }
}
