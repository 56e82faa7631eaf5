package dev.entente.server.telemetry;

import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import io.micrometer.core.instrument.Gauge;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The gauges of a complete table. The gauges exist while this coordinator counts the table, so a sum over all
 * coordinators is correct. Thread-safe.
 */
final class TableGauges {
    private final Meters meters;
    private final List<Gauge> shown = new ArrayList<>();
    private volatile OpenCounts counts = OpenCounts.NONE;
    private volatile DatabaseFigures figures = DatabaseFigures.NONE;

    TableGauges(Meters meters) {
        this.meters = meters;
    }

    /** @param now are shown while this coordinator counts */
    void set(DatabaseFigures now) {
        figures = now;
    }

    /** @param now the latest counts, or null if another coordinator counts */
    synchronized void show(@Nullable OpenCounts now) {
        if (now == null) {
            shown.forEach(meters::remove);
            shown.clear();
            return;
        }
        counts = now;
        if (shown.isEmpty()) {
            register();
        }
    }

    private void register() {
        for (Pattern pattern : Pattern.values()) {
            for (TransactionState state : TransactionState.values()) {
                if (!state.isTerminal()) {
                    add(
                            MetricName.TABLE_OPEN,
                            all -> all.sum(group -> group.pattern() == pattern && group.state() == state),
                            Meters.label(state),
                            Meters.label(pattern));
                }
            }
        }
        for (ParkReason reason : ParkReason.values()) {
            add(MetricName.TABLE_PARKED, all -> all.sum(group -> group.reason() == reason), Meters.label(reason));
        }
        add(MetricName.TABLE_AWAITING_APPROVAL, all -> all.sum(OpenCounts.Group::awaitsApproval));
        add(MetricName.TABLE_OVERDUE, OpenCounts::overdue);
        add(MetricName.TABLE_OVERDUE_AGE, all -> all.overdueAge().toMillis() / 1000.0);
        add(MetricName.TABLE_QUERY, all -> all.took().toNanos() / 1e9);
        for (String name : DatabaseFigures.TABLES) {
            add(MetricName.TABLE_BYTES, _ -> figures.bytes().getOrDefault(name, 0L), name);
            add(MetricName.TABLE_DEAD_ROWS, _ -> figures.deadRows().getOrDefault(name, 0L), name);
        }
        add(MetricName.RETENTION_LAG, _ -> figures.retentionLag().toMillis() / 1000.0);
    }

    private void add(MetricName name, ToDoubleFunction<OpenCounts> value, String... labels) {
        shown.add(meters.gauge(name, () -> value.applyAsDouble(counts), labels));
    }
}
