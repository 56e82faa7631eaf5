package dev.entente.client;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The coordinator, or a check in the client, refused the call. Nothing was changed, except as {@link
 * Topics#unsubscribe} describes. A repetition would be refused again.
 */
public final class TransactionRefused extends EntenteException {
    private static final long serialVersionUID = 1;

    private final transient List<String> violations;

    TransactionRefused(String code, String gid, String message, List<String> violations, @Nullable Throwable cause) {
        super(code, gid, message, cause);
        this.violations = violations;
    }

    /** Returns the exception for a mistake in a plan that is detected before the plan is sent. */
    static TransactionRefused mistake(String code, String message) {
        return of(code, "", message);
    }

    static TransactionRefused of(String code, String gid, String message) {
        return new TransactionRefused(code, gid, code + ": " + message, List.of(), null);
    }

    /**
     * Returns all errors that the coordinator found in a plan, one line each: {@code plan.saga.steps[1].action: …}.
     * Empty for any other error.
     */
    public List<String> violations() {
        return violations == null ? List.of() : violations; // null after deserialization
    }

    @Override
    public boolean retryable() {
        return false;
    }
}
