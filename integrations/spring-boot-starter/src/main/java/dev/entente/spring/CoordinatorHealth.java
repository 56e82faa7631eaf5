package dev.entente.spring;

import dev.entente.client.CoordinatorUnavailable;
import dev.entente.client.Entente;
import dev.entente.client.EntenteException;
import dev.entente.v1.Transaction;
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
 * Tells whether a coordinator answers. It asks for a transaction that is not there; any answer is a sign of life. It
 * says nothing about this application: leave it out of readiness, or all instances go when the coordinator does. While
 * none answers, plans cannot be submitted; they can be enqueued as long as the outbox takes messages.
 */
final class CoordinatorHealth extends AbstractHealthIndicator {
    private static final Duration PATIENCE = Duration.ofMillis(250);
    private static final String NO_ANSWER = "no answer within " + PATIENCE.toMillis() + " ms";
    private static final String NOBODY = "entente-health";

    private final Entente entente;
    private final @Nullable String target;
    private final @Nullable OutboxWatch outbox;
    private volatile boolean hasAsked;
    private volatile @Nullable Instant silentSince;
    /** A call that outlives its probe, so that the connection is there again soon after an outage. */
    private volatile @Nullable CompletableFuture<Transaction> lasting;

    /** @param outbox null where this application has none */
    CoordinatorHealth(Entente entente, @Nullable String target, @Nullable OutboxWatch outbox) {
        super("the coordinator could not be asked");
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

    /** Null where it answered. */
    private @Nullable String error() throws InterruptedException {
        CompletableFuture<Transaction> asked = entente.transactions().getAsync(NOBODY);
        try {
            asked.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            return null;
        } catch (TimeoutException silent) {
            CompletableFuture<Transaction> before = lasting;
            if (before == null || before.isDone()) {
                lasting = asked.whenComplete((found, failure) -> {
                    if (failure == null || isAnswer(failure)) {
                        silentSince = null;
                    }
                });
            } else {
                asked.cancel(true);
            }
            return NO_ANSWER;
        } catch (ExecutionException answered) {
            return isAnswer(answered.getCause()) ? null : String.valueOf(answered.getCause());
        }
    }

    private static boolean isAnswer(@Nullable Throwable failure) {
        Throwable cause = failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
        return cause instanceof EntenteException && !(cause instanceof CoordinatorUnavailable);
    }
}
