package dev.entente.core.decision;

import dev.entente.core.plan.PivotSide;
import dev.entente.core.transaction.ParkReason;

/** The policy of sagas: actions, and compensations after a refusal before the point of no return. */
final class SagaPolicy implements PatternPolicy {
    static final SagaPolicy INSTANCE = new SagaPolicy();

    private SagaPolicy() {}

    @Override
    public Verdict refused(PivotSide side, boolean isRetriable, boolean isTrusted) {
        return switch (side) {
            case PIVOT ->
                isTrusted
                        ? Verdict.SWITCH_TO_UNDO
                        : new Verdict.Retry(new Verdict.Stuck(ParkReason.FORWARD_REFUSED_PAST_PIVOT));
            case AFTER -> new Verdict.Stuck(ParkReason.FORWARD_REFUSED_PAST_PIVOT);
            case BEFORE, BESIDE ->
                isRetriable ? new Verdict.Stuck(ParkReason.RETRIABLE_REFUSED) : Verdict.SWITCH_TO_UNDO;
        };
    }

    @Override
    public Verdict exhausted(PivotSide side, boolean isRetriable) {
        return switch (side) {
            case PIVOT, AFTER -> new Verdict.Stuck(ParkReason.FORWARD_EXHAUSTED_PAST_PIVOT);
            case BEFORE, BESIDE ->
                isRetriable ? new Verdict.Stuck(ParkReason.RETRIABLE_EXHAUSTED) : Verdict.SWITCH_TO_UNDO;
        };
    }
}
