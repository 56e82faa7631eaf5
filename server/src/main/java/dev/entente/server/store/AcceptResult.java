package dev.entente.server.store;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.TransactionState;
import org.jspecify.annotations.Nullable;

/** The result of an accept: the transaction is durable, or its gid was already known. */
public sealed interface AcceptResult {
    /** A durable transaction. */
    record Accepted() implements AcceptResult {}

    /**
     * A gid that already exists.
     *
     * @param owner the incarnation that holds the transaction, or null
     */
    record Known(
            TransactionState state,
            ByteString requestDigest,
            @Nullable Long owner) implements AcceptResult {}
}
