package dev.entente.server.store;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A terminal transaction's row. */
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
        ByteString progress)
        implements StoredTransaction {}
