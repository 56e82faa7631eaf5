package dev.entente.server.telemetry;

import dev.entente.core.transaction.Outcome;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The meters of calls to one participant: each found once, then an array look-up. Thread-safe.
 *
 * <p>What never happens is not registered: a saga's participant has no {@code confirm} that stands at zero.
 */
public final class CallMeters {
    private static final List<String> OUTCOMES = List.of(
            "succeeded", "rejected", "failed", "in_progress", "misconfigured", "unknown", "not_sent", "stale_fence");

    private final Meters meters;
    private final String participant;
    private final Map<String, OfOperation> operations = new ConcurrentHashMap<>();

    CallMeters(Meters meters, String participant) {
        this.meters = meters;
        this.participant = participant;
    }

    /** The meters of one operation. */
    private final class OfOperation {
        private final String op;
        private final AtomicReferenceArray<Counter> counters = new AtomicReferenceArray<>(OUTCOMES.size());
        private volatile @Nullable Timer timer;

        OfOperation(String op) {
            this.op = op;
        }

        void count(int outcome) {
            Counter counter = counters.get(outcome);
            if (counter == null) {
                // Two threads may both come here: registering twice answers the same counter.
                counter = meters.counter(MetricName.CALLS, participant, op, OUTCOMES.get(outcome));
                counters.set(outcome, counter);
            }
            counter.increment();
        }

        void took(long nanos) {
            Timer known = timer;
            if (known == null) {
                known = meters.timer(MetricName.CALL, participant, op);
                timer = known;
            }
            known.record(nanos, TimeUnit.NANOSECONDS);
        }
    }

    /** A call left and was answered. */
    public void answered(String op, Outcome outcome, long nanos) {
        OfOperation operation = operations.computeIfAbsent(op, OfOperation::new);
        operation.count(outcomeIndex(outcome));
        operation.took(nanos);
    }

    /** A call was answered without having left. */
    public void notSent(String op, Outcome outcome) {
        operations.computeIfAbsent(op, OfOperation::new).count(outcomeIndex(outcome));
    }

    private static int outcomeIndex(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Succeeded _ -> 0;
            case Outcome.Rejected _ -> 1;
            case Outcome.Failed _ -> 2;
            case Outcome.InProgress _ -> 3;
            case Outcome.Misconfigured _ -> 4;
            case Outcome.Unknown _ -> 5;
            case Outcome.NotSent _ -> 6;
            case Outcome.StaleFence _ -> 7;
        };
    }
}
