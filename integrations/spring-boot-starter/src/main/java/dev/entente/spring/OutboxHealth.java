package dev.entente.spring;

import dev.entente.outbox.Backlog;
import dev.entente.outbox.OutboxRelay;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Reports the state of the outbox and of this application's relay, and whether a relay takes each message. The state is
 * that of the last check.
 */
final class OutboxHealth extends AbstractHealthIndicator {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final String PARKED =
            "messages are parked: find the cause by /actuator/entente or `entente outbox list`, and retry or skip each"
                    + " message";

    private final @Nullable RelayLifecycle lifecycle;
    private final OutboxWatch watch;

    /** @param lifecycle of this application's relay; null if it has none */
    OutboxHealth(@Nullable RelayLifecycle lifecycle, OutboxWatch watch) {
        super("the outbox could not be checked");
        this.lifecycle = lifecycle;
        this.watch = watch;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        OutboxWatch.Reading reading = watch.last();
        if (lifecycle != null || reading.canEnqueue()) {
            builder.up();
        } else {
            builder.unknown();
        }
        if (reading.isDown()) {
            builder.down();
        }
        if (reading.error() != null && (reading.isDown() || lifecycle == null)) {
            builder.withDetail("error", reading.error());
        }
        if (reading.unattended() != null) {
            builder.withDetail("unattendedFor", reading.unattended().toString());
        }
        if (lifecycle != null) {
            here(builder, lifecycle.relay());
        }
        builder.withDetail("canEnqueue", reading.canEnqueue());
        Backlog backlog = reading.backlog();
        if (backlog != null) {
            builder.withDetail("pending", backlog.pending())
                    .withDetail("oldest", backlog.oldest().toString())
                    .withDetail("parked", backlog.parked());
            if (backlog.parked() > 0) {
                builder.down().withDetail("advice", PARKED);
            }
        }
    }

    private static void here(Health.Builder builder, @Nullable OutboxRelay relay) {
        if (relay == null) {
            builder.down().withDetail("error", "the relay does not run");
            return;
        }
        if (relay.silentFor().compareTo(LONG) > 0) {
            builder.down().withDetail("error", "no response of the database for " + relay.silentFor());
        }
        builder.withDetail("openCircuits", relay.openCircuits());
    }
}
