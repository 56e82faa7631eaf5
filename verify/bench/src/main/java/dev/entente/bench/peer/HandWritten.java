package dev.entente.bench.peer;

import io.grpc.Channel;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A saga of two steps as an application team writes it by hand. It has blocking code, a virtual thread per saga, and
 * the state in a {@link SagaTable}.
 */
final class HandWritten {
    private final SagaTable table;
    private final Channel participant;
    private final byte[] step;
    private final byte[] answer = new byte[PeerService.ANSWER_BYTES];
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    HandWritten(SagaTable table, Channel participant, int stepBytes) {
        this.table = table;
        this.participant = participant;
        this.step = new byte[stepBytes];
    }

    ServerServiceDefinition service() {
        return ServerServiceDefinition.builder(PeerService.SERVICE)
                .addMethod(
                        PeerService.SUBMIT_SAGA,
                        ServerCalls.asyncUnaryCall(
                                (request, observer) -> threads.execute(() -> run(request, observer))))
                .build();
    }

    private void run(byte[] request, StreamObserver<byte[]> observer) {
        try {
            saga(request);
        } catch (SQLException | RuntimeException e) {
            observer.onError(
                    Status.INTERNAL.withDescription(e.toString()).withCause(e).asRuntimeException());
            return;
        }
        PeerParticipant.reply(observer, answer);
    }

    private void saga(byte[] request) throws SQLException {
        String gid = new String(request, 0, PeerService.GID_BYTES, StandardCharsets.US_ASCII);
        table.accepted(gid, Arrays.copyOfRange(request, PeerService.GID_BYTES, request.length));
        for (int i = 0; i < 2; i++) {
            RawCalls.callAndWait(participant, PeerParticipant.ACT, step);
            table.stepDone(gid, i);
        }
        table.succeeded(gid);
    }
}
