package dev.entente.torture.check;

import java.util.List;
import java.util.Map;

/**
 * The last answer about one transaction, with its history, asked when everything was quiet.
 *
 * @param createdAt milliseconds since the epoch, when its row was written
 * @param state its state's name
 * @param parkedBecause the reason's name; empty unless it is parked
 * @param isForced whether an operator has taken its end on himself
 * @param branches each branch's state
 */
public record TransactionReport(
        String gid,
        long createdAt,
        Standing standing,
        String state,
        String parkedBecause,
        boolean isForced,
        Map<String, String> branches,
        List<Entry> history) {
    /**
     * One event of the history.
     *
     * @param at milliseconds since the epoch, by the coordinators' database's clock
     * @param branch empty where it is about the whole transaction; so for {@code op}, {@code outcome}
     * @param isByOperator whether the record names who did it
     * @param isChildLeftOut whether a try succeeded and its answer left out a child
     */
    public record Entry(
            long revision,
            long at,
            String kind,
            String branch,
            String op,
            int attempt,
            String outcome,
            String stateAfter,
            String detail,
            boolean isByOperator,
            boolean isChildLeftOut) {

        /** Makes an event without anything that only the reference asks for. */
        public Entry(
                long revision,
                long at,
                String kind,
                String branch,
                String op,
                int attempt,
                String outcome,
                String stateAfter) {
            this(revision, at, kind, branch, op, attempt, outcome, stateAfter, "", false, false);
        }
    }

    public TransactionReport {
        branches = Map.copyOf(branches);
        history = List.copyOf(history);
    }

    /**
     * Tells whether an operator's statement replaces the ledgers' record. It does not if all was undone after it, for
     * then the ledgers have it again.
     */
    boolean isStated() {
        return isForced || (standing != Standing.ABORTED && has("RESOLVED"));
    }

    boolean has(String kind) {
        return history.stream().anyMatch(entry -> entry.kind().equals(kind));
    }

    /**
     * Makes the record of a transaction without an answer, or whose answer was out of date before the rest could be
     * read.
     */
    public static TransactionReport unread(String gid) {
        return new TransactionReport(gid, 0, Standing.UNREAD, "", "", false, Map.of(), List.of());
    }

    /** Tells whether its record may be judged. */
    public boolean isRead() {
        return standing != Standing.UNREAD;
    }

    /** Makes the record of a gid that nobody knows. */
    public static TransactionReport unknown(String gid) {
        return new TransactionReport(gid, 0, Standing.UNKNOWN, "", "", false, Map.of(), List.of());
    }
}
