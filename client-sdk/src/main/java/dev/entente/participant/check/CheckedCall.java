package dev.entente.participant.check;

import dev.entente.v1.BranchCall;
import dev.entente.wire.BranchMetadata;
import io.grpc.Metadata;

/**
 * The identity that one attempt carries, as a coordinator would send it.
 *
 * @param fence of the coordinator that makes it: 1 of whoever accepted the transaction
 */
record CheckedCall(String gid, String branch, String op, int attempt, int fence, String pattern, String created) {
    /** The fence of the coordinator that accepted the transaction. */
    static final int FIRST_FENCE = 1;

    Metadata headers() {
        Metadata headers = new Metadata();
        headers.put(BranchMetadata.GID, gid);
        headers.put(BranchMetadata.BRANCH, branch);
        headers.put(BranchMetadata.OPERATION, op);
        headers.put(BranchMetadata.ATTEMPT, Integer.toString(attempt));
        headers.put(BranchMetadata.FENCE, Integer.toString(fence));
        headers.put(BranchMetadata.FENCE_BASE, Integer.toString(FIRST_FENCE));
        headers.put(BranchMetadata.PATTERN, pattern);
        headers.put(BranchMetadata.CREATED, created);
        headers.put(BranchMetadata.IDEMPOTENCY_KEY, gid + "/" + branch + "/" + op);
        return headers;
    }

    BranchCall.Builder item() {
        return BranchCall.newBuilder()
                .setId(1)
                .setGid(gid)
                .setBranch(branch)
                .setOp(op)
                .setAttempt(attempt)
                .setFence(fence)
                .setFenceBase(FIRST_FENCE)
                .setPattern(pattern)
                .setCreated(created);
    }
}
