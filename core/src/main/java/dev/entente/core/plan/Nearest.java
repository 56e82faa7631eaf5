package dev.entente.core.plan;

import java.util.Collection;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/** Finds the known word that a user may have mistyped. */
public final class Nearest {
    private Nearest() {}

    /** Returns the known word with the least edits from this one, or null if there is none. */
    public static @Nullable String to(String word, Collection<String> known) {
        return known.stream()
                .min(Comparator.comparingInt(candidate -> distance(word, candidate)))
                .orElse(null);
    }

    /** Returns the nearest known word if at most a third of the letters must be edited; otherwise null. */
    public static @Nullable String like(String word, Collection<String> known) {
        String nearest = to(word, known);
        return nearest != null && 3 * distance(word, nearest) <= word.length() ? nearest : null;
    }

    /** Computes the Levenshtein distance, row by row. */
    private static int distance(String from, String to) {
        int[] above = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            above[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int[] row = new int[to.length() + 1];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int swap = above[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(swap, 1 + Math.min(above[j], row[j - 1]));
            }
            above = row;
        }
        return above[to.length()];
    }
}
