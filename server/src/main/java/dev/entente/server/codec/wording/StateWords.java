package dev.entente.server.codec.wording;

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
        Transaction.State state = transaction.getState();
        return transaction.hasParked()
                ? words.of("parked.named", words.named("state", "PARKED"), words.or("parked." + state, ""))
                : marked(transaction, words.named("state", state.name()), words);
    }

    /**
     * Returns the state's word with what keeps its end from being all that the word says.
     *
     * @param state the state alone, in a word
     */
    public static String marked(Transaction transaction, String state, Words words) {
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

    /** Counts deliveries that nobody will make. What a saga left out is none. */
    private static long skipped(Transaction transaction) {
        return transaction.getPattern() != Pattern.MESSAGE
                ? 0
                : transaction.getBranchesList().stream()
                        .filter(branch -> branch.getState() == BranchStatus.State.SKIPPED)
                        .count();
    }
}
