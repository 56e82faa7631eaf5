package dev.entente.client;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The coordinator, or a check before it, refused what was asked, and changed nothing. The same again will be refused
 * again.
 */
public final class TransactionRefused extends EntenteException {
    private static final long serialVersionUID = 1;

    private final transient List<String> violations;

    TransactionRefused(String code, String gid, String message, List<String> violations, @Nullable Throwable cause) {
        super(code, gid, message, cause);
        this.violations = violations;
    }

    /** A mistake in a plan that shows before it is sent. */
    static TransactionRefused mistake(String code, String message) {
        return of(code, "", message);
    }

    static TransactionRefused of(String code, String gid, String message) {
        return new TransactionRefused(code, gid, code + ": " + message, List.of(), null);
    }

    /**
     * Everything that is wrong with a plan, one line each: {@code plan.saga.steps[1].action: …}; empty if the message
     * says it all.
     */
    public List<String> violations() {
        return violations == null ? List.of() : violations; // null once it came out of a serialized form
    }

    /** False. */
    @Override
    public boolean retryable() {
        return false;
    }
}
