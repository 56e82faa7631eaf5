package dev.entente.participant.stream;

import dev.entente.Internal;
import dev.entente.v1.BranchCall;
import dev.entente.wire.BranchMetadata;
import dev.entente.wire.TraceParent;
import io.grpc.Metadata;

/** The metadata of one call of a stream, equal to the metadata of a unary call. */
@Internal
public final class ItemMetadata {
    private static final Metadata.Key<String> TIMEOUT =
            Metadata.Key.of("grpc-timeout", Metadata.ASCII_STRING_MARSHALLER);
    /** The format allows eight digits. */
    private static final long MAX_TIMEOUT_MILLIS = 99_999_999;

    private ItemMetadata() {}

    /** Returns the metadata of the stream together with the metadata of the call. */
    public static Metadata of(Metadata stream, BranchCall branch) {
        Metadata metadata = new Metadata();
        metadata.merge(stream);
        if (branch.getTimeoutMillis() > 0) {
            metadata.put(TIMEOUT, Math.min(branch.getTimeoutMillis(), MAX_TIMEOUT_MILLIS) + "m");
        }
        if (!branch.getGid().isEmpty()) {
            putIdentity(metadata, branch);
        }
        put(metadata, TraceParent.KEY, branch.getTraceparent());
        if (branch.getMetadataCount() > 0) {
            branch.getMetadataMap()
                    .forEach((key, value) ->
                            metadata.put(Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER), value));
        }
        return metadata;
    }

    private static void putIdentity(Metadata metadata, BranchCall branch) {
        metadata.put(BranchMetadata.GID, branch.getGid());
        put(metadata, BranchMetadata.BRANCH, branch.getBranch());
        put(metadata, BranchMetadata.OPERATION, branch.getOp());
        if (branch.getAttempt() > 0) {
            metadata.put(BranchMetadata.ATTEMPT, Integer.toString(branch.getAttempt()));
        }
        metadata.put(BranchMetadata.FENCE, Long.toString(branch.getFence()));
        if (branch.getFenceBase() > 0) {
            metadata.put(BranchMetadata.FENCE_BASE, Integer.toString(branch.getFenceBase()));
        }
        put(metadata, BranchMetadata.PATTERN, branch.getPattern());
        put(metadata, BranchMetadata.CREATED, branch.getCreated());
        metadata.put(BranchMetadata.IDEMPOTENCY_KEY, branch.getGid() + "/" + branch.getBranch() + "/" + branch.getOp());
    }

    private static void put(Metadata metadata, Metadata.Key<String> key, String value) {
        if (!value.isEmpty()) {
            metadata.put(key, value);
        }
    }
}
