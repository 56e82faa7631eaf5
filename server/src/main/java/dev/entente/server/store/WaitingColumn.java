package dev.entente.server.store;

import org.jspecify.annotations.Nullable;

/**
 * The format of the column {@code waiting_on}: a mark if an approval is awaited, and the participant of a retried call.
 */
public final class WaitingColumn {
    /** The mark at the beginning: no participant's name has parentheses. */
    private static final String APPROVAL = "(approval)";

    /** The condition for rows that await an approval; null if the row awaits nothing. */
    public static final String AWAITS = "starts_with(waiting_on, '" + APPROVAL + "')";

    private WaitingColumn() {}

    /** Returns the column's text, or null if the row awaits neither. */
    public static @Nullable String text(boolean awaitsApproval, @Nullable String participant) {
        if (!awaitsApproval) {
            return participant;
        }
        return participant == null ? APPROVAL : beside(participant);
    }

    /** Returns the participant in the column, or the empty text. */
    public static String participant(@Nullable String column) {
        String text = column == null ? "" : column;
        return text.startsWith(APPROVAL) ? text.substring(APPROVAL.length()).strip() : text;
    }

    /** Returns the text of a row that awaits an approval while a call to that participant is retried. */
    public static String beside(String participant) {
        return APPROVAL + " " + participant;
    }
}
