package dev.entente.faults;

/**
 * How long one transaction was open, as the coordinators' database has it on record.
 *
 * @param begunAt milliseconds since the epoch, when it was accepted
 * @param endedAt when it ended or was parked; 0 while it is neither
 */
record Lifespan(String gid, String name, long begunAt, long endedAt) {

    /** Tells whether it was open at any moment from the one time to the other. */
    boolean hasMet(long from, long until) {
        return begunAt <= until && (endedAt == 0 || endedAt > from);
    }

    /** How long it took to end, counted from that time at the earliest; 0 if it has not ended. */
    long millisSince(long from) {
        return endedAt == 0 ? 0 : Math.max(0, endedAt - Math.max(from, begunAt));
    }
}
