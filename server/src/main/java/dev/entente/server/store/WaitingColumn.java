package dev.entente.server.store;

import org.jspecify.annotations.Nullable;

/**
 * Writes and reads the column {@code waiting_on}: a mark where a person is asked, or the participant whose call is
 * retried.
 */
public final class WaitingColumn {
    /** The mark in front: no participant's name has parentheses. */
    private static final String APPROVAL = "(approval)";

    /** Holds for rows that await an approval; null where nothing is waited for. */
    public static final String AWAITS = "starts_with(waiting_on, '" + APPROVAL + "')";

    private WaitingColumn() {}

    /** The column's text, or null where it waits for neither. */
    public static @Nullable String text(boolean awaitsApproval, @Nullable String participant) {
        if (!awaitsApproval) {
            return participant;
        }
        return participant == null ? APPROVAL : beside(participant);
    }

    /** Returns the participant that the column names, or the empty text. */
    public static String participant(@Nullable String column) {
        String text = column == null ? "" : column;
        return text.startsWith(APPROVAL) ? text.substring(APPROVAL.length()).strip() : text;
    }

    /** The text of a row that awaits an approval while a call to that participant is retried. */
    public static String beside(String participant) {
        return APPROVAL + " " + participant;
    }
}
