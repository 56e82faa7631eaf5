package dev.entente.server.store;

import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import java.time.Instant;

/** A row as it was read. */
public sealed interface StoredTransaction permits OpenRow, FinishedRow {
    String gid();

    String name();

    Pattern pattern();

    TransactionState state();

    Instant createdAt();
}
