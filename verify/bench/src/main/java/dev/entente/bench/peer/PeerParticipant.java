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
 * A participant that answers every call at once with the same few bytes and stores nothing. It counts, so that no
 * coordinator can skip a call. Told to hold, it hangs: it takes calls and answers none until it is told to let go.
 */
public final class PeerParticipant {
    /** The gRPC service, under which coordinators call the methods below. */
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
    /** Answers how many of the calls above came so far, as eight bytes, big-endian. */
    public static final MethodDescriptor<byte[], byte[]> COUNT = RawCalls.unary(SERVICE + "/Count");
    /** From now on calls are taken and counted, but not answered. */
    public static final MethodDescriptor<byte[], byte[]> HOLD = RawCalls.unary(SERVICE + "/Hold");
    /** Answers what is held, and each new call at once again. */
    public static final MethodDescriptor<byte[], byte[]> LET_GO = RawCalls.unary(SERVICE + "/LetGo");

    private static final byte[] ANSWER = {0x0a, 0x04, 'd', 'o', 'n', 'e'};

    private final LongAdder calls = new LongAdder();
    /** Deadlines of streamed calls end on a thread of their own. */
    private final Set<StreamObserver<byte[]>> held = ConcurrentHashMap.newKeySet();

    private volatile boolean isHolding;

    /** The methods, and the stream over which Entente calls the same methods in batches, where it is told to. */
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
            // Whose caller is gone by then is not answered, and that is no failure.
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
