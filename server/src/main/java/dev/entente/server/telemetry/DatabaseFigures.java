package dev.entente.server.telemetry;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Figures about a database at one moment, in addition to {@link OpenCounts}. Immutable.
 *
 * @param bytes the sizes of {@link #TABLES} with their indexes
 * @param deadRows the estimated numbers of row versions in {@link #TABLES} that a vacuum would remove
 * @param retentionLag how long the oldest finished transaction is past its retention; zero if none is
 */
public record DatabaseFigures(Map<String, Long> bytes, Map<String, Long> deadRows, Duration retentionLag) {
    /** The tables that grow with the number of transactions. */
    public static final List<String> TABLES =
            List.of("open_transaction", "finished_transaction", "transaction_label", "delivery_order", "audit_entry");

    static final DatabaseFigures NONE = new DatabaseFigures(Map.of(), Map.of(), Duration.ZERO);
}
