package dev.entente.server.store;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.TransactionState;
import org.jspecify.annotations.Nullable;

/** The answer to a new transaction: durable, or its gid was known already. */
public sealed interface AcceptResult {
    /** It is durable. */
    record Accepted() implements AcceptResult {}

    /**
     * The gid stands already.
     *
     * @param owner the incarnation that holds it, or null
     */
    record Known(
            TransactionState state,
            ByteString requestDigest,
            @Nullable Long owner) implements AcceptResult {}
}
