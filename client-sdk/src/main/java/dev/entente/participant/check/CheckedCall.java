package dev.entente.participant.check;

import dev.entente.v1.BranchCall;
import dev.entente.wire.BranchMetadata;
import io.grpc.Metadata;

/** The identity that one attempt carries, as a coordinator would send it. */
record CheckedCall(String gid, String branch, String op, int attempt, String pattern, String created) {
    Metadata headers() {
        Metadata headers = new Metadata();
        headers.put(BranchMetadata.GID, gid);
        headers.put(BranchMetadata.BRANCH, branch);
        headers.put(BranchMetadata.OPERATION, op);
        headers.put(BranchMetadata.ATTEMPT, Integer.toString(attempt));
        headers.put(BranchMetadata.FENCE, "0");
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
                .setPattern(pattern)
                .setCreated(created);
    }
}
