package dev.entente.server.participant.grpc;

import dev.entente.server.participant.EventLoops;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.wire.GrowingWait;
import io.grpc.ConnectivityState;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stream of one connection, if the participant serves streams. The stream opens when a call could use it, and opens
 * again after it ended. Without an open stream, calls are unary. Thread-safe; no method blocks.
 */
final class CallStream {
    private static final Logger LOG = LoggerFactory.getLogger(CallStream.class);
    /** The pause before another attempt at a participant without streams; a new connection ends the pause. */
    private static final Duration NOT_SERVED = Duration.ofMinutes(5);

    private static final GrowingWait PAUSES = GrowingWait.doubling(Duration.ofMillis(100), Duration.ofSeconds(30));

    private final GrpcParticipant participant;
    private final Connections connections;
    private final int connection;
    private final EventLoops loops;
    /** The stream that is open or requested; null for a stream that is leaving. */
    private final AtomicReference<@Nullable OpenStream> current = new AtomicReference<>();

    private volatile @Nullable ManagedChannel channel;
    private volatile long askAtNanos = System.nanoTime();
    private volatile boolean isNotServed;
    private final AtomicBoolean isWatching = new AtomicBoolean();
    private int failures;

    CallStream(GrpcParticipant participant, Connections connections, int connection, EventLoops loops) {
        this.participant = participant;
        this.connections = connections;
        this.connection = connection;
        this.loops = loops;
    }

    /** Returns the open stream; otherwise requests a stream if one is due, and returns null. */
    @Nullable
    OpenStream up() {
        OpenStream stream = current.get();
        if (stream == null) {
            askIfDue();
            return null;
        }
        return stream.isUp() ? stream : null;
    }

    boolean isUp() {
        OpenStream stream = current.get();
        return stream != null && stream.isUp();
    }

    private void askIfDue() {
        if (System.nanoTime() - askAtNanos < 0) {
            return;
        }
        // The stream outlives the request that opens it, so it must not use the context of a request.
        Context requester = Context.ROOT.attach();
        try {
            ask(connections.at(connection));
        } finally {
            Context.ROOT.detach(requester);
        }
    }

    private void ask(ManagedChannel asked) {
        OpenStream stream = new OpenStream(participant, loops, this, asked);
        if (current.compareAndSet(null, stream)) {
            channel = asked;
            stream.start();
        }
    }

    /** Reports that the stream is open. Called on its event loop. */
    void nowUp() {
        LOG.debug("calls to participant {} go over a stream", participant.name());
        watch();
    }

    /**
     * Reports the end of the stream. Called on its event loop, or on any thread before the stream was open.
     *
     * @param cutOff the number of calls in flight
     * @param hasAnswered whether the stream ever carried a response
     */
    void ended(OpenStream stream, Status status, int cutOff, boolean hasAnswered) {
        if (current.get() != stream) {
            // The stream was leaving, and another stream may have replaced it.
            return;
        }
        if (stream.isUp()) {
            broke(status, cutOff, hasAnswered);
        } else if (status.getCode() == Status.Code.UNIMPLEMENTED) {
            LOG.debug("participant {} offers no stream; calls to it are unary", participant.name());
            pause(NOT_SERVED);
            isNotServed = true;
            watch();
        } else {
            pauseAfterFailure();
        }
        current.set(null);
    }

    private void broke(Status status, int cutOff, boolean hasAnswered) {
        if (status.getCode() == Status.Code.UNAVAILABLE) {
            participant.circuit().report(Circuit.Link.BROKEN);
        }
        if (!participant.isClosed()) {
            LOG.info(
                    "the stream to participant {} ended with {} calls in flight ({}); calls are unary until it is"
                            + " open again",
                    participant.name(),
                    cutOff,
                    OutcomeTable.detail(status));
        }
        failures = hasAnswered ? 0 : failures;
        pauseAfterFailure();
    }

    private void pauseAfterFailure() {
        pause(PAUSES.after(++failures, ThreadLocalRandom.current()));
    }

    private void pause(Duration pause) {
        askAtNanos = System.nanoTime() + pause.toNanos();
    }

    private void watch() {
        ManagedChannel used = channel;
        if (used != null && isWatching.compareAndSet(false, true)) {
            used.notifyWhenStateChanged(ConnectivityState.READY, this::disconnected);
        }
    }

    /** Leaves the stream. A draining connection notifies only the channel, and waits for its streams. */
    private void disconnected() {
        isWatching.set(false);
        if (isNotServed) {
            isNotServed = false;
            pause(Duration.ZERO);
        }
        OpenStream stream = current.get();
        if (stream != null && stream.isUp() && current.compareAndSet(stream, null)) {
            stream.leave();
        }
    }
}
