package dev.entente.demo;

import dev.entente.participant.Branch;
import io.grpc.Status;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The key of the row that one call inserted. The key is the gid and branch of the transaction, or a separate id for a
 * person's call without a transaction. An undo never needs an id from a response, because the response may have been
 * lost.
 *
 * @param gid null if the call belongs to no transaction; then {@code branch} is also null
 * @param id the row's own id
 */
record RowKey(@Nullable String gid, @Nullable String branch, String id) {

    /** Returns the key of a row that the caller is about to insert. */
    static RowKey fresh(String prefix) {
        String id = prefix + UUID.randomUUID();
        Optional<Branch> caller = Branch.current();
        return new RowKey(
                caller.map(Branch::gid).orElse(null), caller.map(Branch::name).orElse(null), id);
    }

    /**
     * Returns the key of the row that an earlier call inserted.
     *
     * @param id the id in the request; used only without a transaction
     * @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT if there is neither a transaction nor an id
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

    /** Returns a condition for a where clause. The two {@code ?} are {@link #first()} and {@link #second()}. */
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
