package dev.entente.outbox;

import dev.entente.backends.LoopbackPorts;
import dev.entente.client.FakeCoordinator;
import dev.entente.client.FakeStreams;
import dev.entente.outbox.contract.ContractReceiver;
import dev.entente.v1.Plan;
import dev.entente.v1.Saga;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.SubmitTransactionResponse;
import dev.entente.v1.SubmitTransactionsRequest;
import dev.entente.v1.SubmitTransactionsResponse;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A coordinator that takes plans, over a stream and by themselves, for the contract's tests. */
final class CoordinatorContractReceiver extends TransactionServiceGrpc.TransactionServiceImplBase
        implements ContractReceiver, AutoCloseable {
    private final HeldBehaviour behaviour = new HeldBehaviour();
    private final FakeStreams streams = new FakeStreams(this::submitTransaction);
    private @Nullable Server server;
    /** Kept while it is away. */
    private final int port = LoopbackPorts.next();

    CoordinatorContractReceiver() {
        start();
    }

    String target() {
        return "127.0.0.1:" + port;
    }

    @Override
    public boolean behave(Behaviour next) {
        behaviour.set(next);
        if (next == Behaviour.BE_AWAY && server != null) {
            close();
        } else if (next != Behaviour.BE_AWAY && server == null) {
            start();
        }
        return true;
    }

    /** The name fills it up: the gid is the message's id. */
    @Override
    public OutgoingMessage message(String id, int attempts, int payloadBytes, Map<String, String> headers) {
        Plan empty =
                Plan.newBuilder().setGid(id).setSaga(Saga.getDefaultInstance()).build();
        int missing = Math.max(1, payloadBytes - empty.getSerializedSize() - 8);
        byte[] plan = empty.toBuilder().setName("x".repeat(missing)).build().toByteArray();
        return new OutgoingMessage(
                id, 1, null, OutboxMessage.COORDINATOR, "", "", headers, plan, attempts, Instant.now());
    }

    @Override
    public List<Taken> taken() {
        return behaviour.taken();
    }

    @Override
    public void submitTransaction(SubmitTransactionRequest request, StreamObserver<SubmitTransactionResponse> answer) {
        String gid = request.getPlan().getGid();
        switch (behaviour.now()) {
            case TAKE -> {
                behaviour.take(new Taken(gid, request.getPlan().toByteArray(), Map.of()));
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

    @Override
    public void close() {
        Server running = server;
        if (running != null) {
            running.shutdownNow();
            try {
                running.awaitTermination();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
            server = null;
        }
    }

    private void start() {
        try {
            Server started = NettyServerBuilder.forAddress(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                    .addService(this)
                    .build()
                    .start();
            server = started;
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
