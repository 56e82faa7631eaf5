package dev.entente.server.store;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The row of an unfinished transaction.
 *
 * @param owner the incarnation that holds the transaction, or null
 * @param rev the number in the guard of each write; it grows with every write and claim
 * @param adoptions claims without progress, including the one that returned this row
 * @param parked the mark in the columns, or null
 * @param progress null until the first write after acceptance
 * @param heldBackBy the participant at which a row without an owner waits for capacity, or null
 */
public record OpenRow(
        String gid,
        @Nullable Long owner,
        long rev,
        @Nullable Instant dueAt,
        int adoptions,
        int format,
        Pattern pattern,
        TransactionState state,
        String name,
        Instant createdAt,
        @Nullable Instant deadlineAt,
        ByteString requestDigest,
        ByteString plan,
        @Nullable ByteString progress,
        @Nullable Parked parked,
        @Nullable String waitingOn,
        @Nullable String heldBackBy)
        implements StoredTransaction {

    /** Returns the bytes that the row adds to memory: the plan, and the kept responses. */
    public int payloadBytes() {
        return plan.size() + (progress == null ? 0 : progress.size());
    }
}
