package dev.entente.torture.check;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An answer to a call, written down before it leaves.
 *
 * @param at milliseconds since the epoch, by the participant's clock
 * @param fence as in {@link LedgerCall}
 * @param base from which the caller counted; fences of two bases are not compared
 * @param answer as docs/participants.md tells answers apart
 * @param tried the children that a try's answer names (trailer {@code entente-tried}); null where it has no such
 *     trailer
 */
public record LedgerAnswer(
        String ledger,
        long at,
        String gid,
        String branch,
        String op,
        int attempt,
        long fence,
        int base,
        String answer,
        @Nullable String tried) {
    /** The answers that only a barrier gives that took the call. */
    private static final Set<String> VERDICTS = Set.of("OK", "REJECTED_SETTLED");

    /** Tells whether a barrier says: done, or refused for good; of the first call or of one that came again. */
    boolean isVerdict() {
        return VERDICTS.contains(answer);
    }

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
