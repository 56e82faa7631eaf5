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
 * The stream of one connection, if its participant serves one: opened when a call could use it, and opened anew when it
 * ended. Until it is up, calls go one by one. Thread-safe; nothing blocks.
 */
final class CallStream {
    private static final Logger LOG = LoggerFactory.getLogger(CallStream.class);
    /** A participant that serves none is asked again only after this, or on a new connection. */
    private static final Duration NOT_SERVED = Duration.ofMinutes(5);

    private static final GrowingWait PAUSES = GrowingWait.doubling(Duration.ofMillis(100), Duration.ofSeconds(30));

    private final GrpcParticipant participant;
    private final Connections connections;
    private final int connection;
    private final EventLoops loops;
    /** The one that is up or asked for. One that is leaving is no longer here. */
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

    /** The stream that is up, or null; then it may be asked for. */
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
        // In no request's context: the stream outlives the one that came first.
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

    /** The stream is there. Called on its event loop. */
    void nowUp() {
        LOG.debug("calls to participant {} go over a stream", participant.name());
        watch();
    }

    /**
     * The stream is over. Called on its event loop, or before it was up on any thread.
     *
     * @param cutOff how many calls were under way
     * @param hasAnswered whether any call was ever answered over it
     */
    void ended(OpenStream stream, Status status, int cutOff, boolean hasAnswered) {
        if (current.get() != stream) {
            // It was leaving: another may have come in its place.
            return;
        }
        if (stream.isUp()) {
            broke(status, cutOff, hasAnswered);
        } else if (status.getCode() == Status.Code.UNIMPLEMENTED) {
            LOG.debug("participant {} offers no stream; calls to it go one by one", participant.name());
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
                    "the stream to participant {} ended with {} calls under way ({}); calls go one by one until it is"
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

    /** A connection that takes no new calls says so to the channel, not to a stream, for whose end it waits. */
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
