package dev.entente.outbox;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * A relay's figures for Micrometer, which has to be on the class path only where this class is used:
 *
 * <pre>{@code
 * new OutboxMeters(relay).bindTo(registry);
 * }</pre>
 *
 * <p>The gauges show the outbox, which all its relays share: take their maximum, not their sum.
 */
public final class OutboxMeters implements MeterBinder {
    private static final double MILLIS_PER_SECOND = 1000;

    private final OutboxRelay relay;

    /** The figures of that relay, for as long as the registry is asked. */
    public OutboxMeters(OutboxRelay relay) {
        this.relay = relay;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("entente_outbox_pending", relay, bound -> bound.backlog().pending())
                .description("Messages that are due, or will be; counted to 100,000")
                .strongReference(true)
                .register(registry);
        Gauge.builder(
                        "entente_outbox_oldest_seconds",
                        relay,
                        bound -> bound.backlog().oldest().toMillis() / MILLIS_PER_SECOND)
                .description("Age of the oldest message that is not delivered, parked ones included")
                .strongReference(true)
                .register(registry);
        Gauge.builder("entente_outbox_parked", relay, bound -> bound.backlog().parked())
                .description("Messages that wait for a person")
                .strongReference(true)
                .register(registry);
        FunctionCounter.builder("entente_outbox_retries", relay, OutboxRelay::retries)
                .description("Attempts of this relay that failed and are followed by another one")
                .register(registry);
        FunctionCounter.builder("entente_outbox_failed_rounds", relay, OutboxRelay::failedRounds)
                .description("Times this relay had to start over")
                .register(registry);
    }
}
