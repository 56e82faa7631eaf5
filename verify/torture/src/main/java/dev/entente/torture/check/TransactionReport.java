package dev.entente.torture.check;

import java.util.List;
import java.util.Map;

/**
 * The last answer about one transaction, with its history, read after the end of the load.
 *
 * @param createdAt milliseconds since the epoch, when its row was written
 * @param state the name of the state
 * @param parkedBecause the name of the reason; empty unless it is parked
 * @param isForced whether an operator has forced the final state
 * @param branches each branch's state
 */
public record TransactionReport(
        String gid,
        long createdAt,
        ReportedState standing,
        String state,
        String parkedBecause,
        boolean isForced,
        Map<String, String> branches,
        List<Entry> history) {
    /**
     * One event of the history.
     *
     * @param at milliseconds since the epoch, by the clock of the coordinators' database
     * @param branch empty for an event of the complete transaction, as are {@code op} and {@code outcome}
     * @param isByOperator whether the record names an actor
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

        /** Makes an event without the fields that only the reference reads. */
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
     * Returns whether an operator's statement replaces the ledgers' record. It does not if the transaction was undone
     * afterwards, because then the ledgers have the record again.
     */
    boolean isStated() {
        return isForced || (standing != ReportedState.ABORTED && has("RESOLVED"));
    }

    boolean has(String kind) {
        return history.stream().anyMatch(entry -> entry.kind().equals(kind));
    }

    /**
     * Makes the record of a transaction without an answer, or with an answer that was out of date before the rest was
     * read.
     */
    public static TransactionReport unread(String gid) {
        return new TransactionReport(gid, 0, ReportedState.UNREAD, "", "", false, Map.of(), List.of());
    }

    /** Returns whether the record may be checked. */
    public boolean isRead() {
        return standing != ReportedState.UNREAD;
    }

    /** Makes the record of a gid that no coordinator knows. */
    public static TransactionReport unknown(String gid) {
        return new TransactionReport(gid, 0, ReportedState.UNKNOWN, "", "", false, Map.of(), List.of());
    }
}
