package dev.entente.server.telemetry;

import java.time.Duration;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * The reports of a coordinator about its work.
 *
 * @param metrics the counters
 * @param traces the spans
 * @param log the log of single transactions
 */
public record Telemetry(Metrics metrics, Traces traces, TransactionEventLog log) {
    /** Returns metrics alone, without traces and without a log of single transactions. */
    public static Telemetry of(Metrics metrics, LongSupplier nanos) {
        return new Telemetry(metrics, Traces.NONE, new TransactionEventLog(Set.of(), Duration.ZERO, nanos));
    }
}
