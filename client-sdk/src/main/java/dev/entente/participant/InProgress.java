package dev.entente.participant;

import io.grpc.Status.Code;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Ask again later: the operation is under way, and this is no failure. Attempts are not counted for it. */
public final class InProgress extends BranchException {
    private static final long serialVersionUID = 1;

    /** The wait for another call of the branch, or for the end of a transaction, before the next question. */
    static final Duration SOON = Duration.ofMillis(500);

    private final Duration retryAfter;

    /**
     * Asks to be asked again.
     *
     * @param retryAfter how long the coordinator waits at least; not negative
     * @param message what is under way, for people
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

    /** How long the coordinator waits at least. */
    @Override
    public Duration retryAfter() {
        return retryAfter;
    }
}
