package dev.entente.torture.siege.attack;

import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.Saga;
import dev.entente.v1.SagaStep;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;

/** The attacker as a client of the coordinator, with its own token. Thread-safe. */
final class AttackerClient implements AutoCloseable {
    private static final AtomicLong NUMBER = new AtomicLong();

    private final ManagedChannel channel;
    private final AttackTarget target;

    AttackerClient(AttackTarget target) {
        this.target = target;
        this.channel = NettyChannelBuilder.forAddress("127.0.0.1", target.grpcPort())
                .usePlaintext()
                .build();
    }

    TransactionServiceGrpc.TransactionServiceBlockingStub transactions() {
        Metadata token = new Metadata();
        token.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + target.token());
        return TransactionServiceGrpc.newBlockingStub(channel)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(token));
    }

    /** Returns the status with which a call was refused; empty if the call was answered. */
    static Optional<Status> refusal(Callable<? extends Message> call) throws Exception {
        try {
            call.call();
            return Optional.empty();
        } catch (StatusRuntimeException refused) {
            return Optional.of(refused.getStatus());
        }
    }

    /** Returns a new gid with this beginning. */
    static String gid(String beginning) {
        return beginning + "-" + NUMBER.incrementAndGet();
    }

    /** Returns a saga of one step without an undo. */
    static Plan saga(String gid, Operation action) {
        return Plan.newBuilder()
                .setGid(gid)
                .setName("attack")
                .setSaga(Saga.newBuilder()
                        .addSteps(SagaStep.newBuilder()
                                .setId("go")
                                .setAction(action)
                                .setNoUndo(true)))
                .build();
    }

    static SubmitTransactionRequest submit(Plan plan) {
        return SubmitTransactionRequest.newBuilder().setPlan(plan).build();
    }

    static SubmitTransactionRequest submitAndWait(Plan plan, int seconds) {
        return submit(plan).toBuilder()
                .setWait(Duration.newBuilder().setSeconds(seconds))
                .build();
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
