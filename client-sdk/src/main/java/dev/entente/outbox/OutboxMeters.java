package dev.entente.outbox;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * A relay's figures for Micrometer, which has to be on the class path only where this class is used:
 *
 * <pre>{@code
 * new OutboxMeters(relay).bindTo(registry);
 * }</pre>
 *
 * <p>The gauges of the outbox are the same for all its relays: take their maximum, not their sum. While they are not
 * known, as when the database does not answer, they are not numbers (NaN).
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
        Gauge.builder("entente_outbox_pending", relay, bound -> known(bound, Backlog::pending))
                .description("Messages that are due, or will be; counted to 10,000, estimated beyond")
                .strongReference(true)
                .register(registry);
        Gauge.builder(
                        "entente_outbox_oldest_seconds",
                        relay,
                        bound -> seconds(bound.backlog().map(Backlog::oldest)))
                .description("Age of the oldest message that is not delivered, parked ones included")
                .strongReference(true)
                .register(registry);
        Gauge.builder("entente_outbox_parked", relay, bound -> known(bound, Backlog::parked))
                .description("Messages that wait for a person")
                .strongReference(true)
                .register(registry);
        Gauge.builder("entente_outbox_unattended_seconds", relay, bound -> seconds(bound.unattendedFor()))
                .description("How long the oldest due message has waited that no relay takes; 0 if there is none")
                .strongReference(true)
                .register(registry);
        Gauge.builder(
                        "entente_outbox_silent_seconds",
                        relay,
                        bound -> bound.silentFor().toMillis() / MILLIS_PER_SECOND)
                .description("How long this relay has not got through to its database; 0 while it does")
                .strongReference(true)
                .register(registry);
        Gauge.builder("entente_outbox_open_circuits", relay, OutboxRelay::openCircuits)
                .description("Destinations that get no messages from this relay now, because they gave no answer")
                .strongReference(true)
                .register(registry);
        FunctionCounter.builder("entente_outbox_retries", relay, OutboxRelay::retries)
                .description("Attempts of this relay that failed and are followed by another one")
                .register(registry);
        FunctionCounter.builder("entente_outbox_failed_rounds", relay, OutboxRelay::failedRounds)
                .description("Times this relay had to start over")
                .register(registry);
        FunctionCounter.builder("entente_outbox_failed_upkeep", relay, OutboxRelay::failedUpkeep)
                .description("Times this relay could not look at the outbox or remove old records")
                .register(registry);
        FunctionCounter.builder("entente_outbox_caught", relay, OutboxRelay::caught)
                .description("Unexpected exceptions that deliveries of this relay survived: each is a defect")
                .register(registry);
    }

    private static double seconds(Optional<Duration> known) {
        return known.map(length -> length.toMillis() / MILLIS_PER_SECOND).orElse(Double.NaN);
    }

    /** Not a number while it is not known: a zero would say that all is well. */
    private static double known(OutboxRelay relay, ToDoubleFunction<Backlog> figure) {
        return relay.backlog().map(figure::applyAsDouble).orElse(Double.NaN);
    }
}
