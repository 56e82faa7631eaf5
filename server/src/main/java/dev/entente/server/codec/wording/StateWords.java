package dev.entente.server.codec.wording;

import dev.entente.v1.BranchStatus;
import dev.entente.v1.Pattern;
import dev.entente.v1.Transaction;
import java.util.function.UnaryOperator;

/**
 * Says how a transaction stands: its state, and what the state's name alone leaves out. The only place: lists,
 * descriptions and previews of command line, API and console say the same.
 */
public final class StateWords {
    private StateWords() {}

    /** Returns it with the way that a parked one was going: {@code PARKED while undoing}, {@code ABORTED, forced}. */
    public static String of(Transaction transaction, Words words) {
        return of(transaction, state -> words.named("state", state), words);
    }

    /** @param name gives each state, and {@code PARKED}, its name or its word */
    public static String of(Transaction transaction, UnaryOperator<String> name, Words words) {
        String state = transaction.getState().name();
        if (transaction.hasParked()) {
            return words.of("parked.named", name.apply("PARKED"), words.or("parked." + state, ""));
        } else if (transaction.getForced()) {
            return words.of("state.forced", name.apply(state));
        }
        long skipped = skipped(transaction);
        return skipped > 0 ? words.of("state.skipped", name.apply(state), skipped) : name.apply(state);
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
