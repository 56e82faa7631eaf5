package dev.entente.core.decision;

import dev.entente.core.plan.PivotSide;
import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.TransactionState;

/** The differences between patterns. All other rules are common to all patterns. */
sealed interface PatternPolicy permits SagaPolicy, TwoWayPolicy, MessagePolicy, CheckBackPolicy, NotificationPolicy {
    /** Returns the policy of one branch. A message's check-back has its own rules. */
    static PatternPolicy of(Plan plan, int branch) {
        return branch == plan.checkBack() ? CheckBackPolicy.INSTANCE : of(plan.pattern());
    }

    static PatternPolicy of(Pattern pattern) {
        return switch (pattern) {
            case SAGA -> SagaPolicy.INSTANCE;
            case TCC, TWO_PHASE -> TwoWayPolicy.INSTANCE;
            case MESSAGE -> MessagePolicy.INSTANCE;
            case NOTIFICATION -> NotificationPolicy.INSTANCE;
        };
    }

    /** Returns the next state after all forward operations are done. */
    default TransactionState afterForward() {
        return TransactionState.SUCCEEDED;
    }

    /** Returns whether a deadline, an abort or a refusal can switch a running transaction to undo. */
    default boolean maySwitchToUndo() {
        return true;
    }

    /** Returns the next state after a switch to undo. */
    default TransactionState stateAfterSwitch(AbortReason reason) {
        return TransactionState.UNDOING;
    }

    /** Returns whether a rejection is trusted even if more than one call may have left. */
    default boolean trustsEveryRejection() {
        return false;
    }

    /** Returns the verdict for a definite rejection or failure. */
    Verdict refused(PivotSide side, boolean isRetriable, boolean isTrusted);

    /** Returns the verdict for an operation without an answer after the last attempt. */
    Verdict exhausted(PivotSide side, boolean isRetriable);

    /** Returns the verdict for a final failure: the receiver is gone. */
    default Verdict gone(PivotSide side, boolean isRetriable) {
        return refused(side, isRetriable, false);
    }

    /** Returns the verdict for a misconfigured call, which a retry alone cannot fix. A park has the given reason. */
    default Verdict misconfigured(ParkReason reason) {
        return new Verdict.Stuck(reason);
    }
}
