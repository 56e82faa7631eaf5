package dev.entente.participant.wiring;

import bank.v1.AccountServiceGrpc;
import bank.v1.FreezeRequest;
import bank.v1.FreezeResponse;
import dev.entente.backends.PatientAwaits;
import dev.entente.v1.BranchAnswer;
import dev.entente.v1.BranchCall;
import dev.entente.v1.ExecuteRequest;
import dev.entente.v1.ExecuteResponse;
import dev.entente.v1.ParticipantServiceGrpc;
import dev.entente.wire.BranchMetadata;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/**
 * A server on the loopback interface with the wiring of its test. It is called as a coordinator does, by unary calls
 * and over a stream.
 */
final class DebitServer implements AutoCloseable {
    private final Server server;
    private final ManagedChannel channel;

    /** The answer to a call. */
    record Reported(int code, String text) {
        boolean isOk() {
            return code == 0;
        }
    }

    private DebitServer(Server server, ManagedChannel channel) {
        this.server = server;
        this.channel = channel;
    }

    static DebitServer start(UnaryOperator<NettyServerBuilder> wiring) throws IOException {
        Server server = wiring.apply(NettyServerBuilder.forAddress(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), InsecureServerCredentials.create()))
                .build()
                .start();
        ManagedChannel channel = Grpc.newChannelBuilder(
                        InetAddress.getLoopbackAddress().getHostAddress() + ":" + server.getPort(),
                        InsecureChannelCredentials.create())
                .build();
        return new DebitServer(server, channel);
    }

    ManagedChannel channel() {
        return channel;
    }

    /** Calls the try of this transaction's branch as a unary call. */
    Reported unary(String gid) {
        Metadata headers = new Metadata();
        headers.put(BranchMetadata.GID, gid);
        headers.put(BranchMetadata.BRANCH, "debit");
        headers.put(BranchMetadata.OPERATION, "try");
        return unary(headers);
    }

    /** Calls without branch metadata, as a person does with grpcurl. */
    Reported byHand() {
        return unary(new Metadata());
    }

    private Reported unary(Metadata headers) {
        try {
            FreezeResponse done = AccountServiceGrpc.newBlockingStub(
                            ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers)))
                    .withDeadlineAfter(PatientAwaits.BOUND)
                    .tryFreeze(request());
            return new Reported(0, done.getFreezeId());
        } catch (StatusRuntimeException failed) {
            return new Reported(
                    failed.getStatus().getCode().value(),
                    String.valueOf(failed.getStatus().getDescription()));
        }
    }

    /** Calls the try of this transaction's branch over a stream. */
    Reported streamed(String gid) {
        CompletableFuture<BranchAnswer> answered = new CompletableFuture<>();
        StreamObserver<ExecuteRequest> stream = ParticipantServiceGrpc.newStub(channel)
                .withDeadlineAfter(PatientAwaits.BOUND)
                .execute(new StreamObserver<>() {
                    @Override
                    public void onNext(ExecuteResponse response) {
                        response.getAnswersList().forEach(answered::complete);
                    }

                    @Override
                    public void onError(Throwable broken) {
                        answered.completeExceptionally(broken);
                    }

                    @Override
                    public void onCompleted() {
                        answered.completeExceptionally(new AssertionError("the stream ended without an answer"));
                    }
                });
        stream.onNext(ExecuteRequest.newBuilder()
                .addCalls(BranchCall.newBuilder()
                        .setId(1)
                        .setMethod(AccountServiceGrpc.getTryFreezeMethod().getFullMethodName())
                        .setPayload(request().toByteString())
                        .setGid(gid)
                        .setBranch("debit")
                        .setOp("try"))
                .build());
        stream.onCompleted();
        BranchAnswer answer = answered.join();
        return new Reported(answer.getCode(), answer.getMessage());
    }

    private static FreezeRequest request() {
        return FreezeRequest.newBuilder().setAccount("alice").setCents(1).build();
    }

    @Override
    public void close() {
        channel.shutdownNow();
        try {
            server.shutdownNow().awaitTermination();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
