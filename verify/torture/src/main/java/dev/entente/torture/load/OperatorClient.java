package dev.entente.torture.load;

import dev.entente.v1.OperateRequest;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.OperatorServiceGrpc.OperatorServiceBlockingStub;
import dev.entente.v1.RegisterBranchRequest;
import dev.entente.v1.TccBranch;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.TransactionServiceGrpc.TransactionServiceBlockingStub;
import io.grpc.ManagedChannel;
import java.util.concurrent.TimeUnit;

/** A connection to one coordinator without the SDK: one call, one answer. Thread-safe. */
record OperatorClient(ManagedChannel channel) implements AutoCloseable {
    private static final long TIMEOUT_SECONDS = 4;

    OperatorServiceBlockingStub operator() {
        return OperatorServiceGrpc.newBlockingStub(channel).withDeadlineAfter(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    TransactionServiceBlockingStub transactions() {
        return TransactionServiceGrpc.newBlockingStub(channel).withDeadlineAfter(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    static OperateRequest about(String gid) {
        return OperateRequest.newBuilder().setGid(gid).setReason("torture").build();
    }

    /** Registers a branch without trying it. */
    void register(String gid, TccBranch branch) {
        var _ = transactions()
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
