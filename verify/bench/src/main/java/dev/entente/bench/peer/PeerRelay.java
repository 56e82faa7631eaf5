package dev.entente.bench.peer;

import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The minimal work of any coordinator: accept one call, call the participant, answer. No storage, no engine, no retry.
 */
final class PeerRelay {
    private final Channel participant;
    private final byte[] step;
    private final byte[] answer = new byte[PeerService.ANSWER_BYTES];

    PeerRelay(Channel participant, int stepBytes) {
        this.participant = participant;
        this.step = new byte[stepBytes];
    }

    ServerServiceDefinition service() {
        return ServerServiceDefinition.builder(PeerService.SERVICE)
                .addMethod(PeerService.SUBMIT_SAGA, ServerCalls.asyncUnaryCall(this::saga))
                .addMethod(PeerService.SUBMIT_TCC, ServerCalls.asyncUnaryCall(this::tcc))
                .build();
    }

    private void saga(byte[] request, StreamObserver<byte[]> observer) {
        call(PeerParticipant.ACT, observer, () -> call(PeerParticipant.ACT, observer, () -> finish(observer)));
    }

    private void tcc(byte[] request, StreamObserver<byte[]> observer) {
        twice(PeerParticipant.TRY, observer, () -> twice(PeerParticipant.CONFIRM, observer, () -> finish(observer)));
    }

    private void twice(MethodDescriptor<byte[], byte[]> method, StreamObserver<byte[]> observer, Runnable then) {
        AtomicInteger missing = new AtomicInteger(2);
        Runnable answered = () -> {
            if (missing.decrementAndGet() == 0) {
                then.run();
            }
        };
        call(method, observer, answered);
        call(method, observer, answered);
    }

    private void call(MethodDescriptor<byte[], byte[]> method, StreamObserver<byte[]> observer, Runnable then) {
        RawCalls.call(participant, method, step, _ -> then.run(), observer::onError);
    }

    private void finish(StreamObserver<byte[]> observer) {
        PeerParticipant.reply(observer, answer);
    }
}
