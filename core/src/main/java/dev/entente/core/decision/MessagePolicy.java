package dev.entente.core.decision;

import dev.entente.core.plan.PivotSide;
import dev.entente.core.transaction.ParkReason;

/**
 * The policy of messages: independent deliveries. A published message cannot be undone, and a receiver must not refuse
 * it. A failed delivery parks the transaction.
 */
final class MessagePolicy implements PatternPolicy {
    static final MessagePolicy INSTANCE = new MessagePolicy();

    private MessagePolicy() {}

    /** Returns false: some receivers may have the message already. */
    @Override
    public boolean maySwitchToUndo() {
        return false;
    }

    @Override
    public Verdict refused(PivotSide side, boolean isRetriable, boolean isTrusted) {
        return new Verdict.Stuck(ParkReason.DELIVERY_REFUSED);
    }

    @Override
    public Verdict exhausted(PivotSide side, boolean isRetriable) {
        return new Verdict.Stuck(ParkReason.DELIVERY_EXHAUSTED);
    }
}
