package dev.entente.client;

import dev.entente.client.call.ProxyAdvice;
import dev.entente.client.call.RetryRule;
import dev.entente.client.call.UnreadableResponse;
import dev.entente.wire.ErrorDetails;
import dev.entente.wire.GrowingWait;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;

/**
 * The retry rule of one call to a coordinator. Every call is idempotent, so every transient failure is retried until
 * the call's time is over.
 */
final class CoordinatorRetryRule implements RetryRule {
    private static final GrowingWait WAITS = GrowingWait.doubling(Duration.ofMillis(50), Duration.ofSeconds(2));

    private static final String GOAWAY = "GOAWAY";

    private final String method;
    private final String gid;
    private final boolean isRead;
    private final RandomGenerator random;
    private final BooleanSupplier isClosed;
    /** By address, in the order of their first attempts. */
    private final Map<String, TriedCoordinator> tried = new LinkedHashMap<>();

    private int attempts;

    /**
     * Creates the rule of one call.
     *
     * @param method its name, such as {@code CommitTransaction}
     * @param gid the transaction's gid; empty if the call concerns no transaction
     * @param isRead whether the call only reads and has no effect
     * @param isClosed whether retries have stopped
     */
    CoordinatorRetryRule(String method, String gid, boolean isRead, RandomGenerator random, BooleanSupplier isClosed) {
        this.method = method;
        this.gid = gid;
        this.isRead = isRead;
        this.random = random;
        this.isClosed = isClosed;
    }

    String method() {
        return method;
    }

    /** Waits at least the coordinator's delay. The random part prevents simultaneous retries of many clients. */
    @Override
    public Optional<Duration> next(ErrorDetails answer, Throwable thrown, String address, boolean isSent) {
        String proxy = isSent || answer.isFromEntente() ? "" : ProxyAdvice.of(address);
        String error = LinkFailure.describe(answer, thrown, isSent) + proxy;
        tried.merge(address, new TriedCoordinator(address, 1, error, isSent), TriedCoordinator::again);
        attempts++;
        if (isClosed.getAsBoolean() || !mayPass(answer)) {
            return Optional.empty();
        }
        return Optional.of(answer.retryAfter().orElse(Duration.ZERO).plus(WAITS.after(attempts, random)));
    }

    /** Returns whether a retry may help. Without Entente's reason these codes come from proxies and broken links. */
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
     * Returns whether a coordinator or a proxy closed the connection (GOAWAY) because this client sends too much. gRPC
     * then fails all calls on this connection with RESOURCE_EXHAUSTED. A message that is too large has the same code. A
     * retry may help after a GOAWAY, but never for such a message.
     */
    private static boolean isEndOfConnection(ErrorDetails answer) {
        return answer.message().contains(GOAWAY);
    }

    /**
     * Returns whether the answer proves that nothing was done. A refused authentication, and an answer of a proxy or of
     * gRPC itself, prove nothing about an earlier attempt in doubt. An internal error proves nothing about this attempt
     * either.
     */
    private static boolean isRefusal(ErrorDetails answer, boolean isInDoubt) {
        return switch (answer.code()) {
            case UNAUTHENTICATED, PERMISSION_DENIED, UNIMPLEMENTED -> !isInDoubt;
            case INTERNAL -> false;
            default -> !mayPass(answer) && (answer.isFromEntente() || !isInDoubt);
        };
    }

    @Override
    public EntenteException failure(ErrorDetails answer, Throwable cause, boolean isEarlierInDoubt) {
        if (!(cause instanceof UnreadableResponse) && isRefusal(answer, isEarlierInDoubt && !isRead)) {
            return new TransactionRefused(answer.name(), gid, answer.describe(), answer.violations(), cause);
        }
        String call = gid.isEmpty() ? method : method + " for transaction '" + gid + "'";
        return CoordinatorUnavailable.of(call, gid, isRead, List.copyOf(tried.values()), answer, cause);
    }
}
