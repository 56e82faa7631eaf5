package dev.entente.server.store;

import java.util.List;

/**
 * Rows without an owner that may be claimed.
 *
 * @param buckets the buckets with due rows, in random order
 * @param heldBack the participants that hold rows back, by name; their rows are in none of the buckets
 */
public record DueWork(List<Integer> buckets, List<HeldBack> heldBack) {

    /**
     * Rows that wait for capacity at one participant.
     *
     * @param isDue whether one of the rows is due even without capacity
     */
    public record HeldBack(String participant, boolean isDue) {}
}
