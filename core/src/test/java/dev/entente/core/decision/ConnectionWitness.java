package dev.entente.core.decision;

import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Progress;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Counts, by a clock of its own, forward calls that found no connection for ten unbroken minutes. That is one attempt
 * without an answer, so their branch may have been called, for all that the rules say.
 */
final class ConnectionWitness {
    static final Duration COUNTS_AFTER = Duration.ofMinutes(10);

    private final Map<Integer, Instant> since = new HashMap<>();
    private final Set<Integer> counted = new HashSet<>();

    void answered(int branch, Outcome outcome, Instant now) {
        if (!(outcome instanceof Outcome.NotSent notSent)) {
            since.remove(branch);
        } else if (notSent.isUnreachable()) {
            Instant first = since.computeIfAbsent(branch, _ -> now);
            if (!now.isBefore(first.plus(COUNTS_AFTER))) {
                since.remove(branch);
                counted.add(branch);
            }
        }
    }

    /** An operator lets attempts start anew. */
    void retried() {
        since.clear();
    }

    /** Whatever was not on record died with its owner. */
    void takenOver(Progress onRecord) {
        since.clear();
        counted.removeIf(branch -> onRecord.branch(branch).state() == BranchState.PENDING);
    }

    /** Tells whether such an attempt of that branch was counted. */
    boolean hasCounted(int branch) {
        return counted.contains(branch);
    }
}
