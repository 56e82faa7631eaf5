package dev.entente.client;

import dev.entente.client.call.AskedCall;
import dev.entente.client.call.AttemptHistory;
import dev.entente.client.call.RetryRule;
import dev.entente.client.call.UnreadAnswer;
import dev.entente.wire.ErrorDetails;
import dev.entente.wire.GrowingWait;
import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Every call to a coordinator is idempotent, so whatever may pass is tried again, until the call's patience ends. */
final class CoordinatorRule implements RetryRule {
    private static final GrowingWait WAITS = GrowingWait.doubling(Duration.ofMillis(50), Duration.ofSeconds(2));

    private static final String GOAWAY = "GOAWAY";

    private final RandomGenerator random;
    private int attempts;

    CoordinatorRule(RandomGenerator random) {
        this.random = random;
    }

    /** Waits at least as long as the coordinator asks. The random part keeps many clients from coming back together. */
    @Override
    public Optional<Duration> next(ErrorDetails answer) {
        attempts++;
        if (!mayPass(answer)) {
            return Optional.empty();
        }
        return Optional.of(answer.retryAfter().orElse(Duration.ZERO).plus(WAITS.after(attempts, random)));
    }

    /** Without a reason of Entente's these come from proxies and broken links; with one, the reason is why not. */
    static boolean mayPass(ErrorDetails answer) {
        return switch (answer.code()) {
            case UNAVAILABLE, DEADLINE_EXCEEDED -> true;
            case RESOURCE_EXHAUSTED ->
                answer.isFromEntente() || answer.retryAfter().isPresent() || isEndOfConnection(answer);
            case UNKNOWN, INTERNAL, CANCELLED, ABORTED, DATA_LOSS -> !answer.isFromEntente();
            default -> false;
        };
    }

    /**
     * Tells whether the connection was ended from the other side, by a coordinator or a proxy that calls this client
     * too busy. gRPC gives all calls on it the code of a message that is too large, which no repetition can help.
     */
    private static boolean isEndOfConnection(ErrorDetails answer) {
        return answer.message().contains(GOAWAY);
    }

    /**
     * Tells whether the answer proves that nothing was done. A denied login tells nothing about an earlier attempt in
     * doubt, a defect not even about this one.
     */
    private static boolean isRefusal(ErrorDetails answer, boolean isInDoubt) {
        return switch (answer.code()) {
            case UNAUTHENTICATED, PERMISSION_DENIED, UNIMPLEMENTED -> !isInDoubt;
            case INTERNAL -> false;
            default -> !mayPass(answer);
        };
    }

    /** Makes the exception that the caller gets after the last attempt. */
    static EntenteException failure(AskedCall asked, ErrorDetails answer, Throwable cause, AttemptHistory history) {
        boolean isInDoubt = history.isEarlierInDoubt() && !asked.isRead();
        return !(cause instanceof UnreadAnswer) && isRefusal(answer, isInDoubt)
                ? new TransactionRefused(answer.name(), asked.gid(), answer.describe(), answer.violations(), cause)
                : CoordinatorUnavailable.of(asked, answer, history, cause);
    }
}
