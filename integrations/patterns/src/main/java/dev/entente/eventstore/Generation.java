package dev.entente.eventstore;

/**
 * One build of a projection's rows from the beginning.
 *
 * @param number 1 or more
 * @param position of the last event that the rows contain; 0 for none
 */
public record Generation(long number, State state, long position) {
    /** The use of a generation's rows. */
    public enum State {
        /** The rows are read. */
        LIVE,
        /** The rows are incomplete. */
        BUILDING,
        /** The rows are being deleted. */
        DROPPED
    }
}
