package dev.entente.outbox;

import dev.entente.client.FakeCoordinator;
import dev.entente.client.FakeStreams;
import dev.entente.v1.Plan;
import dev.entente.v1.Saga;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.SubmitTransactionResponse;
import dev.entente.v1.SubmitTransactionsRequest;
import dev.entente.v1.SubmitTransactionsResponse;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;

/** A coordinator for the contract's tests that accepts plans over a stream and in single calls. */
final class CoordinatorContractReceiver extends TestReceiver {
    private final Service service = new Service();
    private final FakeStreams streams = new FakeStreams(service::submitTransaction);

    CoordinatorContractReceiver() {
        behave(Behaviour.TAKE);
    }

    @Override
    AutoCloseable listen() throws IOException {
        return listen(port, service.bindService());
    }

    /** Builds a plan of the requested size: the gid is the message's id, and the name fills the rest. */
    @Override
    public OutgoingMessage message(String id, int attempts, int payloadBytes, Map<String, String> headers) {
        Plan empty =
                Plan.newBuilder().setGid(id).setSaga(Saga.getDefaultInstance()).build();
        int missing = Math.max(1, payloadBytes - empty.getSerializedSize() - 8);
        byte[] plan = empty.toBuilder().setName("x".repeat(missing)).build().toByteArray();
        return new OutgoingMessage(
                id, 1, null, OutboxMessage.COORDINATOR, "", "", headers, plan, attempts, Instant.now());
    }

    /** Takes a gid once, as a coordinator does. On a busy machine the client repeats a submit without a response. */
    private synchronized void takeOnce(String gid, byte[] plan) {
        if (taken().stream().noneMatch(each -> each.id().equals(gid))) {
            take(gid, plan, Map.of());
        }
    }

    private final class Service extends TransactionServiceGrpc.TransactionServiceImplBase {
        @Override
        public void submitTransaction(
                SubmitTransactionRequest request, StreamObserver<SubmitTransactionResponse> answer) {
            String gid = request.getPlan().getGid();
            switch (now()) {
                case TAKE -> {
                    takeOnce(gid, request.getPlan().toByteArray());
                    answer.onNext(SubmitTransactionResponse.newBuilder()
                            .setTransaction(Transaction.newBuilder().setGid(gid).setState(Transaction.State.RUNNING))
                            .build());
                    answer.onCompleted();
                }
                case FAIL ->
                    answer.onError(
                            FakeCoordinator.error(Status.Code.UNAVAILABLE, "ENT-052", "the database does not answer"));
                case REFUSE ->
                    answer.onError(FakeCoordinator.error(Status.Code.INVALID_ARGUMENT, "ENT-014", "no participant"));
                case HANG, BE_AWAY -> {} // never answered
            }
        }

        @Override
        public StreamObserver<SubmitTransactionsRequest> submitTransactions(
                StreamObserver<SubmitTransactionsResponse> answer) {
            return streams.open(answer);
        }
    }
}
