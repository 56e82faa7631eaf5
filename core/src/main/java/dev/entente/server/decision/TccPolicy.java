package dev.entente.server.decision;

import dev.entente.server.plan.PivotSide;
import dev.entente.server.transaction.TransactionState;

/** Tries, then confirms all or cancels all. */
final class TccPolicy implements PatternPolicy {
    static final TccPolicy INSTANCE = new TccPolicy();

    private TccPolicy() {}

    @Override
    public TransactionState afterForward() {
        return TransactionState.COMPLETING;
    }

    @Override
    public Verdict refused(PivotSide side, boolean isRetriable, boolean isTrusted) {
        return Verdict.TURN;
    }

    @Override
    public Verdict exhausted(PivotSide side, boolean isRetriable) {
        return Verdict.TURN;
    }
}
