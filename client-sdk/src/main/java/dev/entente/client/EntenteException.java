package dev.entente.client;

import org.jspecify.annotations.Nullable;

/** The failure of a transaction or of a query about it. The message contains the remedy. */
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
     * Returns {@code ENT-nnn} if the coordinator named the error (docs/errors.md), otherwise a name in capitals, such
     * as {@code STEP_REJECTED}.
     */
    public final String code() {
        return code;
    }

    /** Returns the gid of the transaction; empty if the exception concerns none or several. */
    public final String gid() {
        return gid;
    }

    /** Returns whether a retry with the same gid may succeed. */
    public abstract boolean retryable();
}
