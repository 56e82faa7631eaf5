package dev.entente.server.api.wire;

import io.grpc.netty.shaded.io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Connection;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Error;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2FrameListener;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2RemoteFlowController;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Stream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The answers of one connection that wait for its client's leave to send them. One that waits too long is given up, and
 * so are those that are too many while the client takes nothing. For one event loop.
 */
final class UntakenAnswers {
    /** Answers of one connection that wait from one look to the next while the client takes nothing. */
    static final int MAX_WAITING = 200;
    /** Without a kibibyte taken. */
    static final int LONGEST_SECONDS = 30;

    private static final int LOOK_SECONDS = 2;
    private static final int LEAST_BYTES = 1024;

    private final GrpcHttp2ConnectionHandler connection;
    private final Http2FrameListener grpc;
    private final PortTotals totals;
    private final LongSupplier nanos = System::nanoTime;
    private final Http2Connection.PropertyKey key;
    private long takenBytes;
    private boolean isLooking;

    /** Since when an answer waits, and what its client has taken since. */
    private static final class Wait {
        private long sinceNanos;
        private long takenBytes;

        private Wait(long sinceNanos) {
            this.sinceNanos = sinceNanos;
        }
    }

    UntakenAnswers(GrpcHttp2ConnectionHandler connection, Http2FrameListener grpc, PortTotals totals) {
        this.connection = connection;
        this.grpc = grpc;
        this.totals = totals;
        key = connection.connection().newKey();
    }

    /** A call has begun: looks from now on, until there is none. */
    void begun(ChannelHandlerContext context) {
        if (!isLooking) {
            isLooking = true;
            var _ = context.executor().schedule(() -> look(context), LOOK_SECONDS, TimeUnit.SECONDS);
        }
    }

    /** The client gives leave for so many bytes more. */
    void granted(int streamId, int bytes) {
        takenBytes += bytes;
        Http2Stream stream = streamId == 0 ? null : connection.connection().stream(streamId);
        Wait wait = stream == null ? null : stream.getProperty(key);
        if (wait != null) {
            wait.takenBytes += bytes;
        }
    }

    private void look(ChannelHandlerContext context) {
        isLooking = false;
        List<Http2Stream> late = new ArrayList<>();
        List<Http2Stream> stuck = new ArrayList<>();
        try {
            connection.connection().forEachActiveStream(stream -> {
                sort(stream, late, stuck);
                return true;
            });
        } catch (Http2Exception impossible) {
            throw new IllegalStateException("looking at a stream fails", impossible);
        }
        late.forEach(stream -> giveUp(context, stream));
        if (takenBytes < LEAST_BYTES && stuck.size() > MAX_WAITING) {
            stuck.subList(MAX_WAITING, stuck.size()).forEach(stream -> giveUp(context, stream));
        }
        takenBytes = 0;
        context.flush();
        if (connection.connection().numActiveStreams() > 0) {
            begun(context);
        }
    }

    private void sort(Http2Stream stream, List<Http2Stream> late, List<Http2Stream> stuck) {
        Http2RemoteFlowController flow = connection.encoder().flowController();
        if (!flow.hasFlowControlled(stream)) {
            var _ = stream.removeProperty(key);
            return;
        }
        long now = nanos.getAsLong();
        Wait wait = stream.getProperty(key);
        if (wait == null) {
            stream.setProperty(key, new Wait(now));
        } else if (wait.takenBytes >= LEAST_BYTES) {
            wait.takenBytes = 0;
            wait.sinceNanos = now;
        } else if (now - wait.sinceNanos > TimeUnit.SECONDS.toNanos(LONGEST_SECONDS)) {
            late.add(stream);
        } else {
            stuck.add(stream);
        }
    }

    private void giveUp(ChannelHandlerContext context, Http2Stream stream) {
        totals.refused(PortRefusal.UNTAKEN, context.channel().remoteAddress());
        try {
            grpc.onRstStreamRead(context, stream.id(), Http2Error.CANCEL.code());
        } catch (Http2Exception tooManyResets) {
            connection.onError(context, false, tooManyResets);
        }
        var _ = connection
                .encoder()
                .writeRstStream(context, stream.id(), Http2Error.CANCEL.code(), context.newPromise());
    }
}
