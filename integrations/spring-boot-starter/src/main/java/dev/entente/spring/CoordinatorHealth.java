package dev.entente.spring;

import dev.entente.client.ApprovalStep;
import dev.entente.client.Entente;
import dev.entente.client.Saga;
import dev.entente.client.TransactionRefused;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Reports whether a coordinator answers, and accepts plans with this application's token. The check reads a transaction
 * that does not exist, and validates a plan that is never submitted. Each answer except a refusal of the token counts
 * as UP. The result does not describe this application: leave it out of readiness, or all instances become unready with
 * the coordinator. Without a coordinator the application cannot submit plans, but the outbox can accept them.
 */
final class CoordinatorHealth extends AbstractHealthIndicator {
    private static final Duration TIMEOUT = Duration.ofMillis(250);
    private static final String NO_ANSWER = "no response within " + TIMEOUT.toMillis() + " ms";
    private static final String REFUSAL = "ENT-06";
    private static final String UNAUTHENTICATED = "ENT-060";
    private static final String ROLE = "ENT-061";
    private static final String GID = "entente-health";

    private final Entente entente;
    private final @Nullable String target;
    private final @Nullable OutboxWatch outbox;
    private volatile boolean hasAsked;
    private volatile @Nullable Instant silentSince;
    /** A call that may continue after its health check, so that the connection is open again soon after an outage. */
    private volatile @Nullable CompletableFuture<?> lasting;

    /** @param outbox null if this application has none */
    CoordinatorHealth(Entente entente, @Nullable String target, @Nullable OutboxWatch outbox) {
        super("the coordinator could not be checked");
        this.entente = entente;
        this.target = target;
        this.outbox = outbox;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) throws InterruptedException {
        builder.withDetail("target", String.valueOf(target));
        String error = error();
        Instant since = silentSince;
        if (error == null) {
            silentSince = null;
            builder.up();
        } else if (error.startsWith(REFUSAL)) {
            silentSince = null;
            builder.down().withDetail("error", error);
        } else {
            since = since == null ? Instant.now() : since;
            silentSince = since;
            boolean mayBeConnecting = !hasAsked && error.equals(NO_ANSWER);
            (mayBeConnecting ? builder.unknown() : builder.down())
                    .withDetail("error", error)
                    .withDetail("silentSince", since.toString());
        }
        hasAsked = true;
        builder.withDetail("canSubmit", error == null);
        if (outbox != null) {
            builder.withDetail("canSubmitThroughOutbox", outbox.last().canEnqueue());
        }
    }

    /** Returns null if the coordinator answered both requests. */
    private @Nullable String error() throws InterruptedException {
        long until = System.nanoTime() + TIMEOUT.toNanos();
        String error = error(entente.transactions().getAsync(GID), until);
        return error == null ? error(plan().validateAsync(), until) : error;
    }

    private Saga plan() {
        Saga plan = entente.saga(GID).gid(GID);
        plan.approval("check").within(TIMEOUT, ApprovalStep.Expiry.REJECT);
        return plan;
    }

    private @Nullable String error(CompletableFuture<?> asked, long untilNanos) throws InterruptedException {
        try {
            asked.get(untilNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
            return null;
        } catch (TimeoutException silent) {
            CompletableFuture<?> before = lasting;
            if (before == null || before.isDone()) {
                lasting = asked.whenComplete((found, failure) -> {
                    if (failure == null || error(failure) == null) {
                        silentSince = null;
                    }
                });
            } else {
                asked.cancel(true);
            }
            return NO_ANSWER;
        } catch (ExecutionException answered) {
            return error(answered.getCause());
        }
    }

    private static @Nullable String error(@Nullable Throwable failure) {
        Throwable cause = failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
        return !(cause instanceof TransactionRefused refused)
                ? String.valueOf(cause)
                : switch (refused.code()) {
                    case UNAUTHENTICATED, ROLE -> refusal(refused);
                    default -> null;
                };
    }

    /** Returns the refusal of this application's token, with the properties that fix it. */
    static String refusal(TransactionRefused refused) {
        return refused.getMessage()
                + switch (refused.code()) {
                    case UNAUTHENTICATED -> "; set a valid token by entente.token-file or entente.token";
                    case ROLE ->
                        "; create a token by `entente token create NAME --role submitter`, and set it by"
                                + " entente.token-file or entente.token";
                    default -> "";
                };
    }
}
