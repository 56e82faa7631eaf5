package dev.entente.client;

import dev.entente.client.call.RetryRule;
import dev.entente.wire.ErrorDetails;
import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Repeats a try with an unknown outcome: participants must accept repeated tries. A definite answer is final. */
final class TryRetryRule implements RetryRule {
    private final String gid;
    private final String branch;
    private final Retry retry;
    private final RandomGenerator random;
    private int unknown;
    private int waits;

    TryRetryRule(String gid, String branch, Retry retry, RandomGenerator random) {
        this.gid = gid;
        this.branch = branch;
        this.retry = retry;
        this.random = random;
    }

    /** Does not count "in progress", because it is no failure; the transaction's deadline limits the repetitions. */
    @Override
    public Optional<Duration> next(ErrorDetails answer, Throwable thrown, String address, boolean isSent) {
        boolean inProgress = answer.reason().equals("IN_PROGRESS");
        unknown += inProgress ? 0 : 1;
        waits++;
        if (!inProgress && (isDefinite(answer) || unknown >= retry.maxAttempts())) {
            return Optional.empty();
        }
        return Optional.of(answer.retryAfter().orElse(Duration.ZERO).plus(retry.waitAfter(waits, random)));
    }

    @Override
    public RuntimeException failure(ErrorDetails answer, Throwable cause, boolean isEarlierInDoubt) {
        return BranchFailed.of(gid, branch, answer, cause);
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
