package dev.entente.faults.siege.attack;

import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.Saga;
import dev.entente.v1.SagaStep;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;

/** A client of the coordinator that the attacker is, with its own token or what it makes up. Thread-safe. */
final class Guest implements AutoCloseable {
    private static final String AUTHORIZATION = "authorization";

    private static final AtomicLong NUMBER = new AtomicLong();

    private final ManagedChannel channel;
    private final Front front;

    Guest(Front front) {
        this.front = front;
        this.channel = NettyChannelBuilder.forAddress("127.0.0.1", front.grpcPort())
                .usePlaintext()
                .build();
    }

    /** A channel with the attacker's own token, and these headers. */
    Channel with(Map<String, String> headers) {
        return claiming("Bearer " + front.token(), headers);
    }

    /** A channel with that authorization, whatever it is, and these headers. */
    Channel claiming(String authorization, Map<String, String> headers) {
        Metadata metadata = new Metadata();
        metadata.put(Metadata.Key.of(AUTHORIZATION, Metadata.ASCII_STRING_MARSHALLER), authorization);
        headers.forEach((name, value) -> metadata.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value));
        return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(metadata));
    }

    TransactionServiceGrpc.TransactionServiceBlockingStub transactions() {
        return TransactionServiceGrpc.newBlockingStub(with(Map.of()));
    }

    /** Returns how a call was refused; empty where it was answered. */
    static Optional<Status> refusal(Callable<? extends Message> call) throws Exception {
        try {
            call.call();
            return Optional.empty();
        } catch (StatusRuntimeException refused) {
            return Optional.of(refused.getStatus());
        }
    }

    /** A new one that begins so. */
    static String gid(String beginning) {
        return beginning + "-" + NUMBER.incrementAndGet();
    }

    /** A saga of one step without an undo. */
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

    static GetTransactionRequest get(String gid) {
        return GetTransactionRequest.newBuilder().setGid(gid).build();
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
