package dev.entente.core.decision;

import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.HistoryKind;
import dev.entente.core.transaction.TransactionState;

/** A fact on record, with the state before and after it; both are the same where the fact changes none. */
record StateChange(TransactionState from, HistoryKind fact, TransactionState to) {
    static StateChange of(TransactionState from, HistoryEvent event) {
        return new StateChange(from, event.kind(), event.stateAfter());
    }

    boolean isMove() {
        return from != to;
    }
}
