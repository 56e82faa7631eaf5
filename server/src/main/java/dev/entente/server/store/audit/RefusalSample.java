package dev.entente.server.store.audit;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Lets some refusals of a second through and counts the others. Each principal has some of its own, so that nobody
 * hides another's behind many. Thread-safe.
 */
final class RefusalSample {
    /** Principals that are told apart within a second. */
    static final int MAX_PRINCIPALS = 200;
    /** Principals whose counts are told. */
    private static final int NAMED = 20;

    private final int mostPerSecond;
    private final int mostOfOne;
    private final Map<String, Integer> seen = new HashMap<>();
    private final Map<String, Long> counted = new HashMap<>();
    private final Map<String, Long> ofEarlierSeconds = new HashMap<>();
    private long second = Long.MIN_VALUE;
    private int shared;

    /**
     * @param mostPerSecond that all share
     * @param mostOfOne that each principal has besides
     */
    RefusalSample(int mostPerSecond, int mostOfOne) {
        this.mostPerSecond = mostPerSecond;
        this.mostOfOne = mostOfOne;
    }

    /** Tells whether one of that second has a row of its own; if not, it is counted. */
    synchronized boolean admits(String principal, long now) {
        turnTo(now);
        boolean isToldApart = seen.size() < MAX_PRINCIPALS || seen.containsKey(principal);
        if (isToldApart && seen.merge(principal, 1, Integer::sum) <= mostOfOne) {
            return true;
        }
        if (shared < mostPerSecond) {
            shared++;
            return true;
        }
        counted.merge(isToldApart ? principal : "others", 1L, Long::sum);
        return false;
    }

    /** Takes the counts of the seconds before that one: {@code 7 more … : ann 3, shop 4}, or empty. */
    synchronized String takeRest(long now) {
        turnTo(now);
        long all = ofEarlierSeconds.values().stream().mapToLong(Long::longValue).sum();
        String names = ofEarlierSeconds.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue()
                        .thenComparing(Comparator.comparing(Map.Entry::getKey)))
                .limit(NAMED)
                .map(each -> each.getKey() + " " + each.getValue())
                .collect(Collectors.joining(", "));
        ofEarlierSeconds.clear();
        return all == 0 ? "" : all + " more were refused and have no row of their own: " + names;
    }

    private void turnTo(long now) {
        if (now != second) {
            second = now;
            seen.clear();
            shared = 0;
            counted.forEach((principal, count) -> ofEarlierSeconds.merge(
                    ofEarlierSeconds.size() < MAX_PRINCIPALS ? principal : "others", count, Long::sum));
            counted.clear();
        }
    }
}
