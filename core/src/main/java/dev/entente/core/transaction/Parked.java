package dev.entente.core.transaction;

import java.time.Instant;
import java.util.function.BinaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The mark on a transaction that waits for an operator.
 *
 * @param reason BY_OPERATOR only where there is no other reason
 * @param operator an operator's own mark, or null; it stays when the reason no longer applies, until an operator
 *     removes it
 */
public record Parked(
        ParkReason reason,
        String detail,
        Instant since,
        @Nullable OperatorPark operator) {
    /** Codes of a participant's SDK for a call that may have committed something without its barrier. */
    private static final Pattern HALF_DONE = Pattern.compile("\\bENT-(089|097)\\b");

    private static final String LOOK_FIRST =
            "the call may have taken effect, and a retry or an abort does not detect that:"
                    + " check what was done, fix the participant, then resolve the branch accordingly";

    /** Makes a mark that no operator has set, or a mark that is known only from its columns. */
    public Parked(ParkReason reason, String detail, Instant since) {
        this(reason, detail, since, null);
    }

    /** Returns the mark that an operator sets on a transaction, which may already be parked. */
    public static Parked by(OperatorPark operator, @Nullable Parked before) {
        return before == null
                ? new Parked(ParkReason.BY_OPERATOR, operator.detail(), operator.since(), operator)
                : new Parked(before.reason, before.detail, before.since, operator);
    }

    /** Returns the possible actions for people, with the abort where it is possible. */
    public String advice(boolean mayAbort) {
        return advice(mayAbort, (key, english) -> english);
    }

    /**
     * Returns the possible actions in another language.
     *
     * @param words returns the text of a key such as {@code advice.UNDO_EXHAUSTED}, given the English text
     */
    public String advice(boolean mayAbort, BinaryOperator<String> words) {
        if (reason == ParkReason.TARGET_MISCONFIGURED && mayBeHalfDone(detail)) {
            return words.apply("advice.LOOK_FIRST", LOOK_FIRST);
        }
        String advice = words.apply("advice." + reason.name(), reason.advice());
        return mayAbort && reason.isAbortAChoice() ? advice + words.apply("advice.or-abort", "; or abort") : advice;
    }

    /**
     * Returns whether the call that led to TARGET_MISCONFIGURED may have taken effect, so that a retry may repeat the
     * effect.
     */
    public static boolean mayBeHalfDone(String detail) {
        return HALF_DONE.matcher(detail).find();
    }

    /** Returns whether the transaction is parked for a reason of its own, and not only by an operator's mark. */
    public boolean hasReason() {
        return reason != ParkReason.BY_OPERATOR;
    }

    /** Returns the remaining mark after the reason no longer applies, or null. */
    public @Nullable Parked withoutReason() {
        return operator == null ? null : by(operator, null);
    }
}
