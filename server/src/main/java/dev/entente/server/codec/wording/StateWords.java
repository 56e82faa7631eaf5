package dev.entente.server.codec.wording;

import dev.entente.core.transaction.Branch;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Pattern;
import dev.entente.v1.Transaction;

/**
 * Says how a transaction stands: its state, and what the state's name alone leaves out. The only place: lists,
 * descriptions and previews of command line, API and console say the same.
 */
public final class StateWords {
    private StateWords() {}

    /** Returns it with the way that a parked one was going: {@code PARKED while undoing}, {@code ABORTED, forced}. */
    public static String of(Transaction transaction, Words words) {
        String name = transaction.getState().name();
        if (transaction.hasParked()) {
            return words.of("parked.named", words.named("state", "PARKED"), words.or("parked." + name, ""));
        }
        String state = words.named("state", name);
        if (transaction.getForced()) {
            return words.of("state.forced", state);
        }
        long skipped = skipped(transaction);
        return skipped > 0 ? words.of("state.skipped", state, skipped) : state;
    }

    /** Tells whether the state's name says all. */
    public static boolean isPlain(Transaction transaction) {
        return !transaction.hasParked() && !transaction.getForced() && skipped(transaction) == 0;
    }

    /** Counts deliveries that nobody will make. What a saga left out is none, nor is a check-back. */
    private static long skipped(Transaction transaction) {
        return transaction.getPattern() != Pattern.MESSAGE
                ? 0
                : transaction.getBranchesList().stream()
                        .filter(branch -> branch.getState() == BranchStatus.State.SKIPPED)
                        .filter(branch -> !branch.getId().equals(Branch.CHECK_BACK))
                        .count();
    }
}
