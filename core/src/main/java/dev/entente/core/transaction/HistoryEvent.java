package dev.entente.core.transaction;

import java.time.Instant;

/**
 * A fact in a transaction's history.
 *
 * @param time by the database's clock, millisecond precision
 * @param stateAfter the transaction's state after the fact
 */
public record HistoryEvent(Instant time, TransactionState stateAfter, Fact fact) {

    public HistoryKind kind() {
        return HistoryKind.of(fact);
    }
}
