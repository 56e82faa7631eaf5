package dev.entente.server.decision;

import dev.entente.server.plan.PivotSide;
import dev.entente.server.transaction.TransactionState;

/** Prepares, then commits all or rolls back all. A vote that is not a yes is a no; a branch that is prepared waits for the decision. */
final class TwoPhasePolicy implements PatternPolicy {
    static final TwoPhasePolicy INSTANCE = new TwoPhasePolicy();

    private TwoPhasePolicy() {}

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
