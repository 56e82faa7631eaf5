package dev.entente.server.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The format of the column {@code waiting_on}: a mark if an approval is awaited, and the awaited participants, separated
 * by spaces. Version 0.1 writes at most one participant.
 */
public final class WaitingColumn {
    /** The mark at the beginning: no participant's name has parentheses or spaces. */
    private static final String APPROVAL = "(approval)";

    /** The condition for rows that await an approval; null if the row awaits nothing. */
    public static final String AWAITS = "starts_with(waiting_on, '" + APPROVAL + "')";

    /** The condition for rows that await the parameter {@code participant}. */
    public static final String AWAITS_PARTICIPANT = ":participant = any (string_to_array(waiting_on, ' '))";

    private WaitingColumn() {}

    /**
     * Returns the column's text, or null if the row awaits neither.
     *
     * @param participants the most relevant first
     */
    public static @Nullable String text(boolean awaitsApproval, List<String> participants) {
        String awaited = String.join(" ", participants);
        if (!awaitsApproval) {
            return awaited.isEmpty() ? null : awaited;
        }
        return awaited.isEmpty() ? APPROVAL : APPROVAL + " " + awaited;
    }

    /** Returns the first participant in the column, or the empty text. */
    public static String participant(@Nullable String column) {
        String text = column == null ? "" : column;
        String awaited =
                text.startsWith(APPROVAL) ? text.substring(APPROVAL.length()).strip() : text;
        int end = awaited.indexOf(' ');
        return end < 0 ? awaited : awaited.substring(0, end);
    }
}
