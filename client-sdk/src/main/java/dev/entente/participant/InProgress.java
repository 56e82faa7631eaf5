package dev.entente.participant;

import io.grpc.Status.Code;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The answer that the operation is still running. The coordinator asks again later and does not count the attempt. */
public final class InProgress extends BranchException {
    private static final long serialVersionUID = 1;

    /** The delay that the coordinator gets if another call of the branch, or a transaction, will finish soon. */
    static final Duration SOON = Duration.ofMillis(500);

    private final Duration retryAfter;

    /**
     * Asks the coordinator to call again.
     *
     * @param retryAfter the minimum delay of the coordinator; not negative
     * @param message the running operation, for people
     */
    public InProgress(Duration retryAfter, String message) {
        this(retryAfter, message, null);
    }

    InProgress(String message) {
        this(SOON, message, null);
    }

    InProgress(Duration retryAfter, String message, @Nullable Throwable cause) {
        super("IN_PROGRESS", Code.UNAVAILABLE, message, cause);
        this.retryAfter = retryAfter;
    }

    /** Returns the minimum delay of the coordinator. */
    @Override
    public Duration retryAfter() {
        return retryAfter;
    }
}
