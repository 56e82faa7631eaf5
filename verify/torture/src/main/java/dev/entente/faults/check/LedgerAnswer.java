package dev.entente.faults.check;

/**
 * A verdict that a barrier gave: done, or refused for good; of the first call or of one that came again.
 *
 * @param at milliseconds since the epoch, by the participant's clock
 * @param fence as in {@link LedgerCall}
 * @param base from which the caller counted; fences of two bases are not compared
 */
public record LedgerAnswer(
        String ledger, long at, String gid, String branch, String op, int attempt, long fence, int base) {
    /** Returns whether it is to the same call, or to one that came once more. */
    boolean isSame(LedgerAnswer other) {
        return ledger.equals(other.ledger)
                && branch.equals(other.branch)
                && op.equals(other.op)
                && attempt == other.attempt
                && fence == other.fence;
    }

    boolean isTo(LedgerCall call) {
        return ledger.equals(call.ledger())
                && branch.equals(call.branch())
                && op.equals(call.op())
                && attempt == call.attempt()
                && fence == call.fence();
    }
}
