package dev.entente.spring;

import dev.entente.outbox.Backlog;
import dev.entente.outbox.OutboxRelay;
import java.time.Duration;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/** Tells how the outbox stands, and whether the relay gets through to its database. */
final class OutboxHealth extends AbstractHealthIndicator {
    private static final Duration LONG = Duration.ofMinutes(1);

    private final RelayLifecycle lifecycle;

    OutboxHealth(RelayLifecycle lifecycle) {
        super("the outbox could not be looked at");
        this.lifecycle = lifecycle;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        OutboxRelay relay = lifecycle.relay();
        if (relay == null) {
            builder.down().withDetail("error", "the relay does not run");
            return;
        }
        if (relay.silentFor().compareTo(LONG) > 0) {
            builder.down().withDetail("error", "no answer of the database for " + relay.silentFor());
        } else {
            builder.up();
        }
        builder.withDetail("openCircuits", relay.openCircuits());
        relay.backlog().ifPresent(backlog -> told(builder, backlog));
    }

    private static void told(Health.Builder builder, Backlog backlog) {
        builder.withDetail("pending", backlog.pending())
                .withDetail("oldest", backlog.oldest().toString())
                .withDetail("parked", backlog.parked());
    }
}
