package dev.entente.eventstore;

/**
 * One building of a projection's rows from the beginning.
 *
 * @param number from 1 on
 * @param position of the last event whose effect is in its rows; 0 for none
 */
public record Generation(long number, State state, long position) {
    /** The use of a generation's rows. */
    public enum State {
        /** They are read. */
        LIVE,
        /** They are not complete yet. */
        BUILDING,
        /** They are being deleted. */
        DROPPED
    }
}
