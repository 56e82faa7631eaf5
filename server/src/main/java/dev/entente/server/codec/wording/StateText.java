package dev.entente.server.codec.wording;

import dev.entente.core.transaction.Branch;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Pattern;
import dev.entente.v1.Transaction;

/**
 * Describes the state of a transaction: the state's name and details that the name omits. All lists, descriptions and
 * previews of command line, API and console use this class.
 */
public final class StateText {
    private StateText() {}

    /** Returns the state's text with its details: {@code PARKED while undoing}, {@code ABORTED, forced}. */
    public static String of(Transaction transaction, TextCatalog texts) {
        String name = transaction.getState().name();
        if (transaction.hasParked()) {
            return texts.of("parked.named", texts.named("state", "PARKED"), texts.or("parked." + name, ""));
        }
        String state = texts.named("state", name);
        if (transaction.getForced()) {
            return texts.of("state.forced", state);
        }
        long skipped = skipped(transaction);
        return skipped > 0 ? texts.of("state.skipped", state, skipped) : state;
    }

    /** Returns whether the state's name needs no details. */
    public static boolean isPlain(Transaction transaction) {
        return !transaction.hasParked() && !transaction.getForced() && skipped(transaction) == 0;
    }

    /** Counts deliveries that will never be made. Skipped steps of a saga and check-backs do not count. */
    private static long skipped(Transaction transaction) {
        return transaction.getPattern() != Pattern.MESSAGE
                ? 0
                : transaction.getBranchesList().stream()
                        .filter(branch -> branch.getState() == BranchStatus.State.SKIPPED)
                        .filter(branch -> !branch.getId().equals(Branch.CHECK_BACK))
                        .count();
    }
}
