package dev.entente.client.call;

import dev.entente.client.channel.AttemptTrace;
import dev.entente.stream.SubmitStream;
import dev.entente.wire.GrowingWait;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The stream that concurrent submits share. The first submit opens it. When the stream has ended, the first submit
 * after a pause opens another one. Thread-safe.
 */
public final class SharedStream {
    /** The age at which a stream is replaced, so that the client uses renewed tokens and new coordinators. */
    private static final Duration LIFE = Duration.ofMinutes(10);
    /** The pause after UNIMPLEMENTED. The coordinator may be replaced by a newer version meanwhile. */
    private static final Duration UNKNOWN_METHOD = Duration.ofMinutes(10);

    private static final GrowingWait PAUSES = GrowingWait.doubling(Duration.ofMillis(100), Duration.ofSeconds(10));

    private final Channel channel;
    private final RandomGenerator random;
    private volatile @Nullable Opened current;
    private volatile long endOfLifeNanos;
    private long notBeforeNanos = System.nanoTime();
    private int failures;
    private boolean isClosed;

    /** Opens no stream before the first submit. */
    public SharedStream(Channel channel, RandomGenerator random) {
        this.channel = channel;
        this.random = random;
    }

    /** A stream, and the trace with its address. */
    record Opened(SubmitStream stream, AttemptTrace trace) {}

    /** Returns a stream that accepts items; null if submits must use unary calls for now. */
    @Nullable
    Opened stream() {
        Opened open = current;
        return open != null && open.stream().isOpen() && System.nanoTime() - endOfLifeNanos < 0 ? open : another();
    }

    private synchronized @Nullable Opened another() {
        retire();
        if (current == null && !isClosed && System.nanoTime() - notBeforeNanos >= 0) {
            endOfLifeNanos = System.nanoTime() + LIFE.toNanos();
            current = open();
        }
        return current;
    }

    private Opened open() {
        AttemptTrace trace = new AttemptTrace(channel);
        SubmitStream stream = SubmitStream.open(channel, trace.on(CallOptions.DEFAULT));
        trace.waitsWhile(stream::isWaiting);
        return new Opened(stream, trace);
    }

    private void retire() {
        SubmitStream old = current == null ? null : current.stream();
        if (old != null && !old.isOpen()) {
            failures = old.isProven() ? 1 : failures + 1;
            pause(PAUSES.after(failures, random));
            current = null;
        } else if (old != null && System.nanoTime() - endOfLifeNanos >= 0) {
            old.close();
            current = null;
        }
    }

    private void pause(Duration pause) {
        long until = System.nanoTime() + pause.toNanos();
        if (until - notBeforeNanos > 0) {
            notBeforeNanos = until;
        }
    }

    /** Pauses after the stream has ended, if the coordinator does not know the method. */
    synchronized void broke(StatusRuntimeException why) {
        if (why.getStatus().getCode() == Status.Code.UNIMPLEMENTED) {
            pause(UNKNOWN_METHOD);
        }
    }

    /** Accepts no more submits. Running submits still get their answers. */
    public synchronized void close() {
        isClosed = true;
        Opened open = current;
        if (open != null) {
            open.stream().close();
        }
    }
}
