package dev.entente.client.tries;

import dev.entente.client.call.RetryRule;
import dev.entente.wire.ErrorDetails;
import java.time.Duration;
import java.util.Optional;
import java.util.function.IntFunction;

/** A try whose outcome is unknown is made again, for participants bear that; a definite answer is final. */
public final class TryRule implements RetryRule {
    private final int maxAttempts;
    private final IntFunction<Duration> waitAfter;
    private int unknown;
    private int waits;

    /**
     * For one try.
     *
     * @param maxAttempts at least 1
     * @param waitAfter how long to wait after so many failed attempts, at least 1
     */
    public TryRule(int maxAttempts, IntFunction<Duration> waitAfter) {
        this.maxAttempts = maxAttempts;
        this.waitAfter = waitAfter;
    }

    /** "In progress" is no failure, so it does not count; the transaction's deadline bounds it. */
    @Override
    public Optional<Duration> next(ErrorDetails answer) {
        boolean inProgress = answer.reason().equals("IN_PROGRESS");
        unknown += inProgress ? 0 : 1;
        waits++;
        if (!inProgress && (isDefinite(answer) || unknown >= maxAttempts)) {
            return Optional.empty();
        }
        return Optional.of(answer.retryAfter().orElse(Duration.ZERO).plus(waitAfter.apply(waits)));
    }

    private static boolean isDefinite(ErrorDetails answer) {
        if (answer.isFromEntente()) {
            return true; // rejected, superseded, expired
        }
        return switch (answer.code()) {
            case FAILED_PRECONDITION,
                    INVALID_ARGUMENT,
                    NOT_FOUND,
                    ALREADY_EXISTS,
                    OUT_OF_RANGE,
                    UNIMPLEMENTED,
                    UNAUTHENTICATED,
                    PERMISSION_DENIED -> true;
            default -> false;
        };
    }
}
