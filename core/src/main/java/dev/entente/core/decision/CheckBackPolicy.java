package dev.entente.core.decision;

import dev.entente.core.plan.PivotSide;
import dev.entente.core.transaction.ParkReason;

/**
 * The policy of check-backs: the question is repeated until the answer is yes or no. Other results do not show the
 * outcome of the client's local transaction.
 */
final class CheckBackPolicy implements PatternPolicy {
    static final CheckBackPolicy INSTANCE = new CheckBackPolicy();

    private static final Verdict PARK = new Verdict.Stuck(ParkReason.CHECK_BACK_EXHAUSTED);
    private static final Verdict ASK_AGAIN = new Verdict.Retry(PARK);

    private CheckBackPolicy() {}

    /** Trusts every rejection: a service that answers no has checked its local transaction. */
    @Override
    public boolean trustsEveryRejection() {
        return true;
    }

    @Override
    public Verdict refused(PivotSide side, boolean isRetriable, boolean isTrusted) {
        return isTrusted ? Verdict.SWITCH_TO_UNDO : ASK_AGAIN;
    }

    @Override
    public Verdict exhausted(PivotSide side, boolean isRetriable) {
        return PARK;
    }

    @Override
    public Verdict misconfigured(ParkReason reason) {
        return ASK_AGAIN;
    }
}
