package dev.entente.server.decision;

import dev.entente.server.transaction.AbortReason;
import dev.entente.server.transaction.ParkReason;
import dev.entente.server.transaction.Pattern;
import dev.entente.server.transaction.Plan;
import dev.entente.server.transaction.TransactionState;

/** What differs from pattern to pattern. Everything else is one machine. */
sealed interface PatternPolicy
        permits SagaPolicy, TccPolicy, TwoPhasePolicy, MessagePolicy, CheckBackPolicy, NotificationPolicy {
    /** Of one branch: a message's question goes by rules of its own. */
    static PatternPolicy of(Plan plan, int branch) {
        return branch == plan.checkBack() ? CheckBackPolicy.INSTANCE : of(plan.pattern());
    }

    static PatternPolicy of(Pattern pattern) {
        return switch (pattern) {
            case SAGA -> SagaPolicy.INSTANCE;
            case TCC -> TccPolicy.INSTANCE;
            case TWO_PHASE -> TwoPhasePolicy.INSTANCE;
            case MESSAGE -> MessagePolicy.INSTANCE;
            case NOTIFICATION -> NotificationPolicy.INSTANCE;
        };
    }

    /** Where it goes when every forward operation is done. */
    default TransactionState afterForward() {
        return TransactionState.SUCCEEDED;
    }

    /** Whether a transaction that runs can be turned at all, by a deadline, an abort or a refusal. */
    default boolean mayTurn() {
        return true;
    }

    /** Where it goes when it turns. */
    default TransactionState afterTurn(AbortReason reason) {
        return TransactionState.UNDOING;
    }

    /** Whether a no is a promise even if it does not answer the only call. */
    default boolean trustsEveryNo() {
        return false;
    }

    /** What a definite no means. */
    Verdict refused(PivotSide side, boolean isRetriable, boolean isTrusted);

    /** What it means when an operation's attempts are used up without an answer. */
    Verdict exhausted(PivotSide side, boolean isRetriable);

    /** What a no means that says it will never be anything else, of somebody who is gone. */
    default Verdict gone(PivotSide side, boolean isRetriable) {
        return refused(side, isRetriable, false);
    }

    /** What it means that no retry can help, for that reason. */
    default Verdict misconfigured(ParkReason reason) {
        return new Verdict.Stuck(reason);
    }
}
