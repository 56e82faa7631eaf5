package dev.entente.server.decision;

import dev.entente.server.transaction.Pattern;
import dev.entente.server.transaction.TransactionState;

/** What differs from pattern to pattern. Everything else is one machine. */
sealed interface PatternPolicy permits SagaPolicy, TccPolicy, TwoPhasePolicy {
    static PatternPolicy of(Pattern pattern) {
        return switch (pattern) {
            case SAGA -> SagaPolicy.INSTANCE;
            case TCC -> TccPolicy.INSTANCE;
            case TWO_PHASE -> TwoPhasePolicy.INSTANCE;
        };
    }

    /** Where it goes when every forward operation is done. */
    TransactionState afterForward();

    /** What a definite no means. */
    Verdict refused(PivotSide side, boolean isRetriable, boolean isTrusted);

    /** What it means when an operation's attempts are used up without an answer. */
    Verdict exhausted(PivotSide side, boolean isRetriable);
}
