package dev.entente.core.decision;

import dev.entente.core.plan.PivotSide;
import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.TransactionState;

/**
 * Best effort: asks again whatever the answer was, and gives up at the limit. No operator is called to a receiver that
 * does not listen. Only one that says it is gone is believed at once.
 */
final class NotificationPolicy implements PatternPolicy {
    static final NotificationPolicy INSTANCE = new NotificationPolicy();

    private static final Verdict TO_THE_LIMIT = new Verdict.Retry(Verdict.TURN);

    private NotificationPolicy() {}

    /** Aborts a notification that somebody stops, and gives up one that stops by itself. */
    @Override
    public TransactionState afterTurn(AbortReason reason) {
        return reason == AbortReason.CLIENT_ABORT || reason == AbortReason.OPERATOR
                ? TransactionState.UNDOING
                : TransactionState.GIVEN_UP;
    }

    @Override
    public Verdict refused(PivotSide side, boolean isRetriable, boolean isTrusted) {
        return TO_THE_LIMIT;
    }

    @Override
    public Verdict exhausted(PivotSide side, boolean isRetriable) {
        return Verdict.TURN;
    }

    @Override
    public Verdict gone(PivotSide side, boolean isRetriable) {
        return Verdict.TURN;
    }

    /** A path that is wrong today is as often a service that is being deployed. */
    @Override
    public Verdict misconfigured(ParkReason reason) {
        return TO_THE_LIMIT;
    }
}
