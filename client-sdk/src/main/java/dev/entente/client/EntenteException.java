package dev.entente.client;

import org.jspecify.annotations.Nullable;

/** Why a transaction, or a question about one, did not end as asked. Its message says what to do. */
public abstract sealed class EntenteException extends RuntimeException
        permits BranchFailed, CoordinatorUnavailable, TransactionAborted, TransactionPending, TransactionRefused {
    private static final long serialVersionUID = 1;

    private final String code;
    private final String gid;

    EntenteException(String code, String gid, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
        this.gid = gid;
    }

    /**
     * {@code ENT-nnn} where the coordinator named the error (docs/errors.md), else a word in capitals, such as {@code
     * STEP_REJECTED}.
     */
    public final String code() {
        return code;
    }

    /** The transaction it is about; empty if it is about none, or about many. */
    public final String gid() {
        return gid;
    }

    /** Tells whether a retry with the same gid may succeed. */
    public abstract boolean retryable();
}
