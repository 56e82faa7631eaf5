package dev.entente.faults.load;

import dev.entente.v1.ForceFinishRequest;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.RegisterBranchRequest;
import dev.entente.v1.ResolveBranchRequest;
import dev.entente.v1.TccBranch;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.util.concurrent.TimeUnit;

/** A connection to one coordinator without the SDK: one call, one answer. Thread-safe. */
record OperatorDesk(ManagedChannel channel) implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 4;

    static OperatorDesk at(String address) {
        return new OperatorDesk(
                NettyChannelBuilder.forTarget(address).usePlaintext().build());
    }

    private OperatorServiceGrpc.OperatorServiceBlockingStub operator() {
        return OperatorServiceGrpc.newBlockingStub(channel).withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private static OperateRequest about(String gid) {
        return OperateRequest.newBuilder().setGid(gid).setReason("torture").build();
    }

    Transaction park(String gid) {
        return operator().parkTransaction(about(gid));
    }

    Transaction resume(String gid) {
        return operator().resumeTransaction(about(gid));
    }

    Transaction retry(String gid) {
        return operator().retryTransaction(about(gid));
    }

    Transaction skip(String gid) {
        return operator().skipDelivery(about(gid));
    }

    Transaction resolve(ResolveBranchRequest statement) {
        return operator().resolveBranch(statement);
    }

    Transaction force(String gid, Transaction.State as) {
        return operator()
                .forceFinishTransaction(ForceFinishRequest.newBuilder()
                        .setGid(gid)
                        .setAs(as)
                        .setReason("torture")
                        .build());
    }

    /** Joins a branch, and has nobody try it. */
    void register(String gid, TccBranch branch) {
        var _ = TransactionServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .registerBranch(RegisterBranchRequest.newBuilder()
                        .setGid(gid)
                        .setTcc(branch)
                        .build());
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
