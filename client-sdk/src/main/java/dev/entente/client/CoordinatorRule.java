package dev.entente.client;

import dev.entente.client.call.ProxyAdvice;
import dev.entente.client.call.RetryRule;
import dev.entente.client.call.UnreadAnswer;
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
 * The attempts of one call to a coordinator. Every such call is idempotent, so whatever may pass is tried again, until
 * the call's patience ends.
 */
final class CoordinatorRule implements RetryRule {
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
     * Belongs to one call.
     *
     * @param method its name, such as {@code CommitTransaction}
     * @param gid the transaction's; empty if the call is about none
     * @param isRead whether it changes nothing, so that there is nothing it could have done
     * @param isClosed whether nothing is repeated any more
     */
    CoordinatorRule(String method, String gid, boolean isRead, RandomGenerator random, BooleanSupplier isClosed) {
        this.method = method;
        this.gid = gid;
        this.isRead = isRead;
        this.random = random;
        this.isClosed = isClosed;
    }

    String method() {
        return method;
    }

    /** Waits at least as long as the coordinator asks. The random part keeps many clients from coming back together. */
    @Override
    public Optional<Duration> next(ErrorDetails answer, Throwable thrown, String address, boolean isSent) {
        String proxy = isSent || answer.isFromEntente() ? "" : ProxyAdvice.of(address);
        String said = LinkFailure.describe(answer, thrown, isSent) + proxy;
        tried.merge(address, new TriedCoordinator(address, 1, said, isSent), TriedCoordinator::again);
        attempts++;
        if (isClosed.getAsBoolean() || !mayPass(answer)) {
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

    @Override
    public EntenteException failure(ErrorDetails answer, Throwable cause, boolean isEarlierInDoubt) {
        if (!(cause instanceof UnreadAnswer) && isRefusal(answer, isEarlierInDoubt && !isRead)) {
            return new TransactionRefused(answer.name(), gid, answer.describe(), answer.violations(), cause);
        }
        String call = gid.isEmpty() ? method : method + " for transaction '" + gid + "'";
        return CoordinatorUnavailable.of(call, gid, isRead, List.copyOf(tried.values()), answer, cause);
    }
}
