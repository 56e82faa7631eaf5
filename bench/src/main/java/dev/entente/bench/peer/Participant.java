package dev.entente.bench.peer;

import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.LongAdder;

/** A participant that answers every call at once with the same few bytes and stores nothing. It counts, so that no coordinator can skip a call. */
public final class Participant {
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

    private static final byte[] ANSWER = {0x0a, 0x04, 'd', 'o', 'n', 'e'};

    private final LongAdder calls = new LongAdder();

    ServerServiceDefinition service() {
        return ServerServiceDefinition.builder(SERVICE)
                .addMethod(ACT, ServerCalls.asyncUnaryCall(this::answer))
                .addMethod(COMPENSATE, ServerCalls.asyncUnaryCall(this::answer))
                .addMethod(TRY, ServerCalls.asyncUnaryCall(this::answer))
                .addMethod(CONFIRM, ServerCalls.asyncUnaryCall(this::answer))
                .addMethod(CANCEL, ServerCalls.asyncUnaryCall(this::answer))
                .addMethod(COUNT, ServerCalls.asyncUnaryCall((_, observer) -> reply(observer, count())))
                .build();
    }

    private void answer(byte[] request, StreamObserver<byte[]> observer) {
        calls.increment();
        reply(observer, ANSWER);
    }

    private byte[] count() {
        return ByteBuffer.allocate(Long.BYTES).putLong(calls.sum()).array();
    }

    static void reply(StreamObserver<byte[]> observer, byte[] response) {
        observer.onNext(response);
        observer.onCompleted();
    }
}
