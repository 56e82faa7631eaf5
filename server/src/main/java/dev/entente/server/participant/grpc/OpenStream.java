package dev.entente.server.participant.grpc;

import dev.entente.server.participant.CallResponse;
import dev.entente.server.participant.EventLoops;
import dev.entente.v1.BranchAnswer;
import dev.entente.v1.ExecuteRequest;
import dev.entente.v1.ExecuteResponse;
import dev.entente.v1.ParticipantServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.shaded.io.netty.util.collection.LongObjectHashMap;
import io.grpc.netty.shaded.io.netty.util.collection.LongObjectMap;
import io.grpc.netty.shaded.io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One stream from its opening to its end. Any thread may offer calls. All other work runs on the event loop of the
 * connection, where responses arrive and trigger the next calls. Calls offered by one task of the loop leave as one
 * message at the end of the task. Calls offered during a write leave after the write. No call waits for other calls to
 * arrive.
 */
final class OpenStream extends ClientCall.Listener<ExecuteResponse> {
    /** A larger request is sent as a unary call: it would delay other calls, and servers limit the message size. */
    static final int MAX_REQUEST_BYTES = 64 << 10;
    /** The size after which a message gets no further calls. */
    private static final int MESSAGE_BYTES = 256 << 10;
    /** The maximum size of a response without its payload. */
    private static final int ANSWER_OVERHEAD_BYTES = 64 << 10;

    private static final long SWEEP_MILLIS = 50;

    private final GrpcParticipant participant;
    private final EventLoops loops;
    private final CallStream owner;
    private final ClientCall<ExecuteRequest, ExecuteResponse> call;
    private final Queue<OutgoingCall> queue = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean isFlushDue = new AtomicBoolean();
    private final LongObjectMap<OutgoingCall> inFlight = new LongObjectHashMap<>();
    private final List<Long> cancelled = new ArrayList<>();
    private volatile @Nullable EventExecutor loop;
    private long lastId;
    private boolean isSweeping;
    private boolean isLeaving;
    private boolean hasAnswered;
    private boolean hasEnded;

    OpenStream(GrpcParticipant participant, EventLoops loops, CallStream owner, Channel channel) {
        this.participant = participant;
        this.loops = loops;
        this.owner = owner;
        int maxPayloadBytes = participant.config().maxResponseBytes();
        this.call = channel.newCall(
                ParticipantServiceGrpc.getExecuteMethod(),
                CallOptions.DEFAULT
                        .withMaxInboundMessageSize(Math.max(maxPayloadBytes, MESSAGE_BYTES) + ANSWER_OVERHEAD_BYTES)
                        // The call is ready again when all written bytes are sent.
                        .withOnReadyThreshold(1));
    }

    /** Opens the stream. The stream carries no call before the participant has sent its headers. */
    void start() {
        try {
            call.start(this, participant.metadata().credentials());
            call.request(2);
        } catch (RuntimeException e) {
            call.cancel("not started", e);
            onClose(
                    Status.INTERNAL
                            .withDescription("the stream could not be started")
                            .withCause(e),
                    new Metadata());
        }
    }

    /** Takes a call, which becomes unary if the stream ends before the call leaves. Any thread, once it is up. */
    void offer(OutgoingCall outgoing) {
        queue.add(outgoing);
        if (!isFlushDue.get() && isFlushDue.compareAndSet(false, true)) {
            loop().execute(this::flush);
        }
    }

    /** Returns whether the participant has sent its headers. Remains true after the end. */
    boolean isUp() {
        return loop != null;
    }

    private EventExecutor loop() {
        EventExecutor known = loop;
        if (known == null) {
            throw new IllegalStateException("the stream to " + participant.name() + " is not open");
        }
        return known;
    }

    /**
     * Stops new calls, because the connection accepts none. Calls in flight finish, and other calls become unary. Any
     * thread, once the stream is up.
     */
    void leave() {
        loop().execute(() -> {
            if (!isLeaving && !hasEnded) {
                isLeaving = true;
                call.halfClose();
                flush();
            }
        });
    }

    // ---- requests

    private void flush() {
        isFlushDue.set(false);
        try {
            if (hasEnded || isLeaving) {
                for (OutgoingCall left = queue.poll(); left != null; left = queue.poll()) {
                    left.leaveByItself();
                }
            } else {
                boolean isMore = true;
                while (isMore && call.isReady()) {
                    isMore = sendOne();
                }
            }
        } finally {
            sweepLaterIfNeeded(); // always, because the sweep ends calls without a response
        }
    }

    private boolean sendOne() {
        ExecuteRequest.Builder message = ExecuteRequest.newBuilder();
        if (lastId == 0) {
            message.setMaxPayloadBytes(participant.config().maxResponseBytes());
        }
        int bytes = 0;
        long now = System.nanoTime();
        OutgoingCall next = queue.poll();
        while (next != null) {
            if (next.mayLeave(now)) {
                inFlight.put(++lastId, next);
                var reported = next.message(lastId);
                bytes += reported.getSerializedSize();
                message.addCalls(reported);
            }
            next = bytes < MESSAGE_BYTES ? queue.poll() : null;
        }
        if (message.getCallsCount() == 0 && cancelled.isEmpty()) {
            return false;
        }
        message.addAllCancelled(cancelled);
        cancelled.clear();
        call.sendMessage(message.build());
        return !queue.isEmpty();
    }

    /** Schedules one timer for all calls, because few calls time out. */
    private void sweepLaterIfNeeded() {
        if (!isSweeping && !(inFlight.isEmpty() && queue.isEmpty())) {
            isSweeping = true;
            var _ = loop().schedule(this::sweep, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private void sweep() {
        isSweeping = false;
        long now = System.nanoTime();
        // These calls never left, because the participant reads no messages.
        queue.removeIf(waiting -> waiting.isTooLate(now) && !waiting.mayLeave(now));
        List<OutgoingCall> late = new ArrayList<>();
        inFlight.entries().forEach(entry -> {
            if (entry.value().isTooLate(now)) {
                cancelled.add(entry.key());
                late.add(entry.value());
            }
        });
        if (!late.isEmpty()) {
            cancelled.forEach(inFlight::remove);
            late.forEach(OutgoingCall::expired);
        }
        flush();
    }

    @Override
    public void onReady() {
        if (isUp()) {
            onLoop(this::flush);
        }
    }

    // ---- responses

    @Override
    public void onHeaders(Metadata headers) {
        loop = loops.mine();
        owner.nowUp();
    }

    @Override
    public void onMessage(ExecuteResponse message) {
        onLoop(() -> take(message));
    }

    private void take(ExecuteResponse message) {
        hasAnswered = true;
        for (BranchAnswer answer : message.getAnswersList()) {
            OutgoingCall answered = inFlight.remove(answer.getId());
            // An absent call has already ended.
            if (answered != null) {
                answered.answered(answer);
            }
        }
        call.request(1);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
        onLoop(() -> end(status));
    }

    /** Runs a task on the loop. Another thread calls this only if gRPC delayed a callback during the connect. */
    private void onLoop(Runnable task) {
        EventExecutor known = loop;
        if (known == null || known.inEventLoop()) {
            task.run();
        } else {
            known.execute(task);
        }
    }

    private void end(Status status) {
        if (hasEnded) {
            return;
        }
        hasEnded = true;
        List<OutgoingCall> cutOff = List.copyOf(inFlight.values());
        inFlight.clear();
        owner.ended(this, status, cutOff.size(), hasAnswered);
        String why = CallResponse.shortened("the stream ended before the response: " + OutcomeTable.detail(status));
        cutOff.forEach(each -> each.cutOff(why));
        flush();
    }
}
