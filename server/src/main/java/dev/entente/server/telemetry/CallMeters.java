package dev.entente.server.telemetry;

import dev.entente.core.transaction.Outcome;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The meters of calls to one participant: each found once, then an array look-up. Thread-safe.
 *
 * <p>What never happens is not registered: a saga's participant has no {@code confirm} that stands at zero.
 */
public final class CallMeters {
    private static final List<String> OPS = List.of(
            "action",
            "compensate",
            "try",
            "confirm",
            "cancel",
            "prepare",
            "pre_commit",
            "commit",
            "rollback",
            "deliver",
            "check");
    private static final List<String> OUTCOMES = List.of(
            "succeeded", "rejected", "failed", "in_progress", "misconfigured", "unknown", "not_sent", "stale_fence");

    private final Meters meters;
    private final String participant;
    private final AtomicReferenceArray<Counter> counters = new AtomicReferenceArray<>(OPS.size() * OUTCOMES.size());
    private final AtomicReferenceArray<Timer> timers = new AtomicReferenceArray<>(OPS.size());

    CallMeters(Meters meters, String participant) {
        this.meters = meters;
        this.participant = participant;
    }

    /** A call left and was answered. */
    public void answered(String op, Outcome outcome, long nanos) {
        int opIndex = opIndex(op);
        counter(opIndex, outcomeIndex(outcome)).increment();
        Timer timer = timers.get(opIndex);
        if (timer == null) {
            timer = meters.timer(MetricName.CALL, participant, OPS.get(opIndex));
            timers.set(opIndex, timer);
        }
        timer.record(nanos, TimeUnit.NANOSECONDS);
    }

    /** A call was answered without having left. */
    public void notSent(String op, Outcome outcome) {
        counter(opIndex(op), outcomeIndex(outcome)).increment();
    }

    private Counter counter(int op, int outcome) {
        int index = op * OUTCOMES.size() + outcome;
        Counter counter = counters.get(index);
        if (counter == null) {
            // Two threads may both come here: registering twice answers the same counter.
            counter = meters.counter(MetricName.CALLS, participant, OPS.get(op), OUTCOMES.get(outcome));
            counters.set(index, counter);
        }
        return counter;
    }

    private static int opIndex(String op) {
        return switch (op) {
            case "action" -> 0;
            case "compensate" -> 1;
            case "try" -> 2;
            case "confirm" -> 3;
            case "cancel" -> 4;
            case "prepare" -> 5;
            case "pre_commit" -> 6;
            case "commit" -> 7;
            case "rollback" -> 8;
            case "deliver" -> 9;
            case "check" -> 10;
            default -> throw new IllegalArgumentException("no operation is called " + op);
        };
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
