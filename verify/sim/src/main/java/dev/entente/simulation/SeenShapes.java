package dev.entente.simulation;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * The shapes of plans that were drawn so far, 64 bits each: a sorted array, and a bounded set of those that came since.
 * Eight bytes a shape.
 */
final class SeenShapes {
    private static final int MOST_RECENT = 50_000;

    private final Set<Long> recent = new HashSet<>();
    private long[] sorted = {};

    void add(long shape) {
        if (Arrays.binarySearch(sorted, shape) < 0 && recent.add(shape) && recent.size() == MOST_RECENT) {
            merge();
        }
    }

    void add(SeenShapes other) {
        other.recent.forEach(this::add);
        Arrays.stream(other.sorted).forEach(this::add);
    }

    int size() {
        return sorted.length + recent.size();
    }

    /** All of them, in ascending order. The array must not be changed. */
    long[] sorted() {
        merge();
        return sorted;
    }

    private void merge() {
        if (!recent.isEmpty()) {
            long[] all = Arrays.copyOf(sorted, size());
            int next = sorted.length;
            for (long shape : recent) {
                all[next++] = shape;
            }
            Arrays.sort(all);
            sorted = all;
            recent.clear();
        }
    }
}
