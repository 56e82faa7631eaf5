package dev.entente.server.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.DoubleSupplier;

/** Registers meters by their {@link MetricName}; the values belong to its labels, in order. */
final class Meters {
    private static final Duration[] CALL_BOUNDS =
            millis(1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 10_000, 30_000);
    static final Duration[] LIFE_BOUNDS = millis(5, 10, 25, 50, 100, 250, 500, 1000, 5000, 30_000, 300_000, 3_600_000);

    private static final Set<MetricName> SECONDS = EnumSet.of(
            MetricName.TABLE_OVERDUE_AGE,
            MetricName.TABLE_QUERY,
            MetricName.RETENTION_LAG,
            MetricName.TOKEN_USED,
            MetricName.CERTIFICATE_EXPIRY,
            MetricName.AUTHORITIES_EXPIRY,
            MetricName.PARTICIPANT_CERTIFICATE_EXPIRY);

    private final MeterRegistry registry;

    Meters(MeterRegistry registry) {
        this.registry = registry;
    }

    Counter counter(MetricName name, String... values) {
        return Counter.builder(name.id())
                .description(name.description())
                .tags(tags(name, values))
                .register(registry);
    }

    /** Returns a timer for events of up to seconds: calls, batches, requests. */
    Timer timer(MetricName name, String... values) {
        return timer(name, CALL_BOUNDS, values);
    }

    /** Returns a timer for events of up to hours: transactions. */
    Timer lifeTimer(MetricName name, String... values) {
        return timer(name, LIFE_BOUNDS, values);
    }

    private Timer timer(MetricName name, Duration[] bounds, String... values) {
        return Timer.builder(name.id())
                .description(name.description())
                .tags(tags(name, values))
                .serviceLevelObjectives(bounds)
                .register(registry);
    }

    DistributionSummary sizes(MetricName name, double... bounds) {
        return DistributionSummary.builder(name.id())
                .description(name.description())
                .serviceLevelObjectives(bounds)
                .register(registry);
    }

    Gauge gauge(MetricName name, DoubleSupplier value, String... values) {
        return Gauge.builder(name.id(), value::getAsDouble)
                .description(name.description())
                .tags(tags(name, values))
                .baseUnit(SECONDS.contains(name) ? "seconds" : null)
                .strongReference(true)
                .register(registry);
    }

    void remove(Gauge gauge) {
        registry.remove(gauge);
    }

    /** Returns an enum's constant as a label's value. */
    static String label(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static Tags tags(MetricName name, String... values) {
        if (values.length != name.labels().size()) {
            throw new IllegalArgumentException(name + " has the labels " + name.labels());
        }
        Tags tags = Tags.empty();
        for (int i = 0; i < values.length; i++) {
            tags = tags.and(name.labels().get(i), values[i]);
        }
        return tags;
    }

    private static Duration[] millis(long... millis) {
        Duration[] bounds = new Duration[millis.length];
        for (int i = 0; i < millis.length; i++) {
            bounds[i] = Duration.ofMillis(millis[i]);
        }
        return bounds;
    }
}
