package dev.entente.core.decision;

import dev.entente.core.plan.PivotSide;
import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.TransactionState;

/** The differences between patterns. Everything else is one state machine. */
sealed interface PatternPolicy permits SagaPolicy, TwoWayPolicy, MessagePolicy, CheckBackPolicy, NotificationPolicy {
    /** Returns the policy of one branch. A message's question has rules of its own. */
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

    /** Returns the next state when every forward operation is done. */
    default TransactionState afterForward() {
        return TransactionState.SUCCEEDED;
    }

    /** Tells whether a running transaction can be turned at all, by a deadline, an abort or a refusal. */
    default boolean mayTurn() {
        return true;
    }

    /** Returns the next state when it turns. */
    default TransactionState afterTurn(AbortReason reason) {
        return TransactionState.UNDOING;
    }

    /** Tells whether a no is a promise even if it does not answer the only call. */
    default boolean trustsEveryNo() {
        return false;
    }

    /** Judges a definite no. */
    Verdict refused(PivotSide side, boolean isRetriable, boolean isTrusted);

    /** Judges an operation whose attempts are used up without an answer. */
    Verdict exhausted(PivotSide side, boolean isRetriable);

    /** Judges a final no of a receiver that is gone. */
    default Verdict gone(PivotSide side, boolean isRetriable) {
        return refused(side, isRetriable, false);
    }

    /** Judges a call that no retry can help, for that reason. */
    default Verdict misconfigured(ParkReason reason) {
        return new Verdict.Stuck(reason);
    }
}
