package dev.entente.bench.peer;

import dev.entente.participant.stream.ParticipantStream;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * A participant that answers every call immediately with the same few bytes and stores nothing. Its count of calls
 * reveals a coordinator that skips calls. After {@link #HOLD} it accepts calls and answers none until {@link #LET_GO}.
 */
public final class PeerParticipant {
    /** The gRPC service of the methods below, which coordinators call. */
    public static final String SERVICE = "bench.v1.Participant";

    /** A saga's forward call. */
    public static final MethodDescriptor<byte[], byte[]> ACT = RawCalls.unary(SERVICE + "/Act");
    /** A saga's undo call, which no measured transaction should need. */
    public static final MethodDescriptor<byte[], byte[]> COMPENSATE = RawCalls.unary(SERVICE + "/Compensate");
    /** A TCC branch's forward call. */
    public static final MethodDescriptor<byte[], byte[]> TRY = RawCalls.unary(SERVICE + "/Try");
    /** A TCC branch's completion. */
    public static final MethodDescriptor<byte[], byte[]> CONFIRM = RawCalls.unary(SERVICE + "/Confirm");
    /** A TCC branch's undo call, which no measured transaction should need. */
    public static final MethodDescriptor<byte[], byte[]> CANCEL = RawCalls.unary(SERVICE + "/Cancel");
    /** Answers the number of calls of the methods above so far, as eight bytes, big-endian. */
    public static final MethodDescriptor<byte[], byte[]> COUNT = RawCalls.unary(SERVICE + "/Count");
    /** Switches to accepting and counting calls without answers. */
    public static final MethodDescriptor<byte[], byte[]> HOLD = RawCalls.unary(SERVICE + "/Hold");
    /** Answers the held calls, and from then on each new call immediately. */
    public static final MethodDescriptor<byte[], byte[]> LET_GO = RawCalls.unary(SERVICE + "/LetGo");

    private static final byte[] ANSWER = {0x0a, 0x04, 'd', 'o', 'n', 'e'};

    private final LongAdder calls = new LongAdder();
    /** Concurrent, because a streamed call that reaches its deadline is removed on another thread. */
    private final Set<StreamObserver<byte[]>> held = ConcurrentHashMap.newKeySet();

    private volatile boolean isHolding;

    /** Returns the methods, and the stream for a coordinator that is configured to call them in batches. */
    List<ServerServiceDefinition> services() {
        ServerServiceDefinition methods = service();
        ParticipantStream stream =
                ParticipantStream.builder(Runnable::run).addService(methods).build();
        return List.of(methods, stream.bindService());
    }

    private ServerServiceDefinition service() {
        return ServerServiceDefinition.builder(SERVICE)
                .addMethod(ACT, ServerCalls.asyncUnaryCall(this::answer))
                .addMethod(COMPENSATE, ServerCalls.asyncUnaryCall(this::answer))
                .addMethod(TRY, ServerCalls.asyncUnaryCall(this::answer))
                .addMethod(CONFIRM, ServerCalls.asyncUnaryCall(this::answer))
                .addMethod(CANCEL, ServerCalls.asyncUnaryCall(this::answer))
                .addMethod(COUNT, ServerCalls.asyncUnaryCall((_, observer) -> reply(observer, count())))
                .addMethod(HOLD, ServerCalls.asyncUnaryCall((_, observer) -> hold(observer)))
                .addMethod(LET_GO, ServerCalls.asyncUnaryCall((_, observer) -> letGo(observer)))
                .build();
    }

    private void answer(byte[] request, StreamObserver<byte[]> observer) {
        calls.increment();
        if (isHolding) {
            // A call that its caller has cancelled gets no answer, and this is not a failure.
            ((ServerCallStreamObserver<byte[]>) observer).setOnCancelHandler(() -> held.remove(observer));
            held.add(observer);
        } else {
            reply(observer, ANSWER);
        }
    }

    private void hold(StreamObserver<byte[]> observer) {
        isHolding = true;
        reply(observer, new byte[0]);
    }

    private void letGo(StreamObserver<byte[]> observer) {
        isHolding = false;
        List.copyOf(held).forEach(call -> reply(call, ANSWER));
        held.clear();
        reply(observer, new byte[0]);
    }

    private byte[] count() {
        return ByteBuffer.allocate(Long.BYTES).putLong(calls.sum()).array();
    }

    static void reply(StreamObserver<byte[]> observer, byte[] response) {
        observer.onNext(response);
        observer.onCompleted();
    }
}
