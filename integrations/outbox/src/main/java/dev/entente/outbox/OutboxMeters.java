package dev.entente.outbox;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The metrics of a relay for Micrometer. Micrometer must be on the class path only if this class is used:
 *
 * <pre>{@code
 * new OutboxMeters(relay).bindTo(registry);
 * }</pre>
 *
 * <p>The gauges of the outbox are equal on all its relays: use their maximum, not their sum. A gauge is NaN while its
 * value is unknown, such as while the database does not answer.
 */
public final class OutboxMeters implements MeterBinder {
    private static final double MILLIS_PER_SECOND = 1000;

    private final Supplier<? extends @Nullable OutboxRelay> relays;

    /** Reads the metrics of this relay, as long as the registry exists. */
    public OutboxMeters(OutboxRelay relay) {
        this(() -> relay);
    }

    /**
     * Reads the metrics of the current relay, for a program that closes its relay and starts another one later.
     *
     * @param relays returns null while no relay runs: the gauges are then NaN, and the counters are 0
     */
    public OutboxMeters(Supplier<? extends @Nullable OutboxRelay> relays) {
        this.relays = relays;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("entente_outbox_pending", relays, bound -> backlog(bound, Backlog::pending))
                .description("Messages that are due now or later; counted up to 10,000, estimated beyond")
                .strongReference(true)
                .register(registry);
        Gauge.builder(
                        "entente_outbox_oldest_seconds",
                        relays,
                        bound -> seconds(bound, relay -> relay.backlog().map(Backlog::oldest)))
                .description("Age of the oldest message that is not delivered, parked ones included")
                .strongReference(true)
                .register(registry);
        Gauge.builder("entente_outbox_parked", relays, bound -> backlog(bound, Backlog::parked))
                .description("Messages that are parked")
                .strongReference(true)
                .register(registry);
        Gauge.builder("entente_outbox_unattended_seconds", relays, bound -> seconds(bound, OutboxRelay::unattendedFor))
                .description("How long the oldest due message that no relay takes has waited; 0 if there is none")
                .strongReference(true)
                .register(registry);
        Gauge.builder(
                        "entente_outbox_silent_seconds",
                        relays,
                        bound -> seconds(bound, relay -> Optional.of(relay.silentFor())))
                .description("How long this relay has not reached its database; 0 while the relay reaches it")
                .strongReference(true)
                .register(registry);
        Gauge.builder("entente_outbox_open_circuits", relays, bound -> of(bound, OutboxRelay::openCircuits, Double.NaN))
                .description("Destinations that get only single attempts from this relay, because they did not respond")
                .strongReference(true)
                .register(registry);
        FunctionCounter.builder("entente_outbox_retries", relays, bound -> of(bound, OutboxRelay::retries, 0))
                .description("Attempts of this relay that failed and are followed by another attempt")
                .register(registry);
        FunctionCounter.builder(
                        "entente_outbox_failed_rounds", relays, bound -> of(bound, OutboxRelay::failedRounds, 0))
                .description("How often this relay failed and started again")
                .register(registry);
        FunctionCounter.builder(
                        "entente_outbox_failed_upkeep", relays, bound -> of(bound, OutboxRelay::failedMaintenance, 0))
                .description("How often this relay could not check the outbox or remove old records")
                .register(registry);
        FunctionCounter.builder("entente_outbox_caught", relays, bound -> of(bound, OutboxRelay::caught, 0))
                .description("Unexpected exceptions that deliveries of this relay survived: each is a defect")
                .register(registry);
    }

    /** Returns NaN for an unknown value, because zero would mean an empty outbox. */
    private static double backlog(Supplier<? extends @Nullable OutboxRelay> relays, ToDoubleFunction<Backlog> figure) {
        return of(relays, relay -> relay.backlog().map(figure::applyAsDouble).orElse(Double.NaN), Double.NaN);
    }

    private static double seconds(
            Supplier<? extends @Nullable OutboxRelay> relays, Function<OutboxRelay, Optional<Duration>> figure) {
        return of(
                relays,
                relay -> figure.apply(relay)
                        .map(length -> length.toMillis() / MILLIS_PER_SECOND)
                        .orElse(Double.NaN),
                Double.NaN);
    }

    private static double of(
            Supplier<? extends @Nullable OutboxRelay> relays, ToDoubleFunction<OutboxRelay> figure, double otherwise) {
        OutboxRelay relay = relays.get();
        return relay == null ? otherwise : figure.applyAsDouble(relay);
    }
}
