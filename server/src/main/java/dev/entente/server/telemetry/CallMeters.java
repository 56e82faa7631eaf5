package dev.entente.server.telemetry;

import dev.entente.core.transaction.Outcome;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The meters of calls to one participant. A meter is registered once, and later found by two look-ups. Thread-safe.
 *
 * <p>A meter is registered at its first event: a saga's participant has no {@code confirm} with the value zero.
 */
public final class CallMeters {
    private final Meters meters;
    private final String participant;
    private final Map<String, Map<String, Counter>> counters = new ConcurrentHashMap<>();
    private final Map<String, Timer> timers = new ConcurrentHashMap<>();

    CallMeters(Meters meters, String participant) {
        this.meters = meters;
        this.participant = participant;
    }

    /** The number of calls of one operation with one outcome: {@code succeeded}, {@code rejected} and so on. */
    public record Count(String op, String outcome, long times) {}

    /** Returns the counts since the start, by operation and outcome. */
    public List<Count> counts() {
        return counters.entrySet().stream()
                .flatMap(op -> op.getValue().entrySet().stream()
                        .map(outcome -> new Count(op.getKey(), outcome.getKey(), (long)
                                outcome.getValue().count())))
                .sorted(Comparator.comparing(Count::op).thenComparing(Count::outcome))
                .toList();
    }

    /** Counts and times a call that was sent, by its outcome. */
    public void answered(String op, Outcome outcome, long nanos) {
        notSent(op, outcome);
        timers.computeIfAbsent(op, each -> meters.timer(MetricName.CALL, participant, each))
                .record(nanos, TimeUnit.NANOSECONDS);
    }

    /** Counts the outcome of a call that was not sent. */
    public void notSent(String op, Outcome outcome) {
        counters.computeIfAbsent(op, _ -> new ConcurrentHashMap<>())
                .computeIfAbsent(label(outcome), each -> meters.counter(MetricName.CALLS, participant, op, each))
                .increment();
    }

    static String label(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Succeeded _ -> "succeeded";
            case Outcome.Rejected _ -> "rejected";
            case Outcome.Failed _ -> "failed";
            case Outcome.InProgress _ -> "in_progress";
            case Outcome.Misconfigured _ -> "misconfigured";
            case Outcome.Unknown _ -> "unknown";
            case Outcome.NotSent _ -> "not_sent";
            case Outcome.StaleFence _ -> "stale_fence";
        };
    }
}
