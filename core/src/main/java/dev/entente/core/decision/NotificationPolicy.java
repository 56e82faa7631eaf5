package dev.entente.core.decision;

import dev.entente.core.plan.PivotSide;
import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.TransactionState;

/**
 * The policy of notifications: best effort. Any failure is retried up to the limit; then the notification is given up.
 * A receiver that does not respond needs no operator. Only the answer that the receiver is gone ends the retries at
 * once.
 */
final class NotificationPolicy implements PatternPolicy {
    static final NotificationPolicy INSTANCE = new NotificationPolicy();

    private static final Verdict TO_THE_LIMIT = new Verdict.Retry(Verdict.SWITCH_TO_UNDO);

    private NotificationPolicy() {}

    /** Returns UNDOING (then ABORTED) if a client or an operator stops the notification; otherwise GIVEN_UP. */
    @Override
    public TransactionState stateAfterSwitch(AbortReason reason) {
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
        return Verdict.SWITCH_TO_UNDO;
    }

    @Override
    public Verdict gone(PivotSide side, boolean isRetriable) {
        return Verdict.SWITCH_TO_UNDO;
    }

    /** Retries, because a wrong path is often a sign of a deployment in progress. */
    @Override
    public Verdict misconfigured(ParkReason reason) {
        return TO_THE_LIMIT;
    }
}
