package dev.entente.demo;

import dev.entente.participant.Branch;
import io.grpc.Status;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The key of the row that one call made. It is the gid and branch of the transaction, or an id of its own where a human
 * called without a transaction. An undo never needs an id that travelled in an answer: that answer may never have been
 * seen.
 *
 * @param gid null where the call belongs to no transaction; then {@code branch} is null too
 * @param id the row's own id
 */
record RowKey(@Nullable String gid, @Nullable String branch, String id) {

    /** The key of a row that is about to be inserted. */
    static RowKey fresh(String prefix) {
        String id = prefix + UUID.randomUUID();
        Optional<Branch> caller = Branch.current();
        return new RowKey(
                caller.map(Branch::gid).orElse(null), caller.map(Branch::name).orElse(null), id);
    }

    /**
     * The key of the row that an earlier call made.
     *
     * @param id as the request names it; used only without a transaction
     * @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT where there is neither a transaction nor an id
     */
    static RowKey earlier(String field, String id) {
        Optional<Branch> caller = Branch.current();
        if (caller.isEmpty() && id.isEmpty()) {
            throw Status.INVALID_ARGUMENT
                    .withDescription(field
                            + " is empty: without the entente-gid, entente-branch and entente-op metadata, the row is "
                            + "found by " + field)
                    .asRuntimeException();
        }
        return new RowKey(
                caller.map(Branch::gid).orElse(null), caller.map(Branch::name).orElse(null), id);
    }

    /** The condition that goes into a where clause; its two {@code ?} are {@link #first()} and {@link #second()}. */
    String condition() {
        return gid == null ? "id = ? and ?::text is null" : "gid = ? and branch = ?";
    }

    String first() {
        return gid == null ? id : gid;
    }

    @Nullable
    String second() {
        return branch;
    }
}
