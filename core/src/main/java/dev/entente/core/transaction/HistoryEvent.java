package dev.entente.core.transaction;

import java.time.Instant;

/**
 * A fact as it stands in a transaction's history.
 *
 * @param time by the database's clock, millisecond precision
 * @param stateAfter the transaction's state after it
 */
public record HistoryEvent(Instant time, TransactionState stateAfter, Fact fact) {

    public HistoryKind kind() {
        return HistoryKind.of(fact);
    }
}
