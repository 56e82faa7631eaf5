package dev.entente.torture.check;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An answer to a call, logged before it leaves.
 *
 * @param at milliseconds since the epoch, by the participant's clock
 * @param fence as in {@link LedgerCall}
 * @param base the start of the caller's fences; fences of different bases are not comparable
 * @param answer the name of the answer, as in docs/participants.md
 * @param tried the children that a try's answer names (trailer {@code entente-tried}); null without this trailer
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
    /** The answers that only a barrier gives, after it accepted the call. */
    private static final Set<String> VERDICTS = Set.of("OK", "REJECTED_SETTLED");

    /** Returns whether a barrier answered: done, or permanently refused; to the first call or a repetition. */
    boolean isVerdict() {
        return VERDICTS.contains(answer);
    }

    /** Returns whether both answers are to the same call, or to a repetition of the call. */
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
