package dev.entente.server.decision;

import dev.entente.server.transaction.AbortReason;
import dev.entente.server.transaction.ParkReason;
import dev.entente.server.transaction.Pattern;
import dev.entente.server.transaction.TransactionState;

/** What differs from pattern to pattern. Everything else is one machine. */
sealed interface PatternPolicy permits SagaPolicy, TccPolicy, TwoPhasePolicy, NotificationPolicy {
    static PatternPolicy of(Pattern pattern) {
        return switch (pattern) {
            case SAGA -> SagaPolicy.INSTANCE;
            case TCC -> TccPolicy.INSTANCE;
            case TWO_PHASE -> TwoPhasePolicy.INSTANCE;
            case NOTIFICATION -> NotificationPolicy.INSTANCE;
        };
    }

    /** Where it goes when every forward operation is done. */
    TransactionState afterForward();

    /** Where it goes when it turns. */
    default TransactionState afterTurn(AbortReason reason) {
        return TransactionState.UNDOING;
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
