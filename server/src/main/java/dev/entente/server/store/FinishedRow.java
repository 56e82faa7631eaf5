package dev.entente.server.store;

import com.google.protobuf.ByteString;
import dev.entente.server.transaction.Pattern;
import dev.entente.server.transaction.TransactionState;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A terminal transaction's row.
 *
 * @param damage why the database cannot read result, plan or progress, which then are empty; null if it can
 */
public record FinishedRow(
        String gid,
        Pattern pattern,
        TransactionState state,
        String name,
        Instant createdAt,
        Instant finishedAt,
        @Nullable Instant deadlineAt,
        ByteString requestDigest,
        @Nullable ByteString result,
        ByteString plan,
        ByteString progress,
        @Nullable String damage)
        implements StoredTransaction {

    /** That can be read. */
    public FinishedRow(
            String gid,
            Pattern pattern,
            TransactionState state,
            String name,
            Instant createdAt,
            Instant finishedAt,
            @Nullable Instant deadlineAt,
            ByteString requestDigest,
            @Nullable ByteString result,
            ByteString plan,
            ByteString progress) {
        this(gid, pattern, state, name, createdAt, finishedAt, deadlineAt, requestDigest, result, plan, progress, null);
    }

    /** The same by its other columns, where the database cannot read what is large. */
    public FinishedRow damaged(String why) {
        ByteString none = ByteString.EMPTY;
        return new FinishedRow(
                gid, pattern, state, name, createdAt, finishedAt, deadlineAt, requestDigest, null, none, none, why);
    }
}
