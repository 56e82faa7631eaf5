package dev.entente.spring;

import dev.entente.client.CoordinatorUnavailable;
import dev.entente.client.Entente;
import dev.entente.client.EntenteException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Tells whether a coordinator answers. It asks for a transaction that is not there; any answer is a sign of life. It
 * says nothing about this application: leave it out of readiness, or all instances go when the coordinator does.
 */
final class CoordinatorHealth extends AbstractHealthIndicator {
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final String NOBODY = "entente-health";

    private final Entente entente;
    private final @Nullable String target;

    CoordinatorHealth(Entente entente, @Nullable String target) {
        super("the coordinator could not be asked");
        this.entente = entente;
        this.target = target;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) throws InterruptedException {
        builder.withDetail("target", String.valueOf(target));
        try {
            entente.transactions().getAsync(NOBODY).get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            builder.up();
        } catch (TimeoutException silent) {
            builder.down().withDetail("error", "no answer within " + PATIENCE.toSeconds() + " s");
        } catch (ExecutionException answered) {
            if (answered.getCause() instanceof EntenteException told && !(told instanceof CoordinatorUnavailable)) {
                builder.up();
            } else {
                builder.down().withDetail("error", String.valueOf(answered.getCause()));
            }
        }
    }
}
