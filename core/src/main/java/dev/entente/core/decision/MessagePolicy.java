package dev.entente.core.decision;

import dev.entente.core.plan.PivotSide;
import dev.entente.core.transaction.ParkReason;

/**
 * Deliveries, each for itself. What is published cannot be taken back, and nobody may refuse it: a delivery that fails
 * parks.
 */
final class MessagePolicy implements PatternPolicy {
    static final MessagePolicy INSTANCE = new MessagePolicy();

    private MessagePolicy() {}

    /** Some receivers may have it already. */
    @Override
    public boolean mayTurn() {
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
