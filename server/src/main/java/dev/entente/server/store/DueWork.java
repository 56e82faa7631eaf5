package dev.entente.server.store;

import java.util.List;

/**
 * Rows that nobody owns and that may be claimed.
 *
 * @param buckets in which rows are due, in random order
 * @param heldBack the participants that hold rows back, by name; their rows are in none of the buckets
 */
public record DueWork(List<Integer> buckets, List<HeldBack> heldBack) {

    /**
     * Rows that wait for room among those that wait on one participant.
     *
     * @param isDue whether the time of one of them has come, room or not
     */
    public record HeldBack(String participant, boolean isDue) {}
}
