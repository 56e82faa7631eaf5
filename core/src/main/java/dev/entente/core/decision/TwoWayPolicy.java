package dev.entente.core.decision;

import dev.entente.core.plan.PivotSide;
import dev.entente.core.transaction.TransactionState;

/**
 * The policy of TCC and two-phase commit: tries or prepares all branches, then completes all or undoes all. Every vote
 * other than yes counts as no.
 */
final class TwoWayPolicy implements PatternPolicy {
    static final TwoWayPolicy INSTANCE = new TwoWayPolicy();

    private TwoWayPolicy() {}

    @Override
    public TransactionState afterForward() {
        return TransactionState.COMPLETING;
    }

    @Override
    public Verdict refused(PivotSide side, boolean isRetriable, boolean isTrusted) {
        return Verdict.SWITCH_TO_UNDO;
    }

    @Override
    public Verdict exhausted(PivotSide side, boolean isRetriable) {
        return Verdict.SWITCH_TO_UNDO;
    }
}
