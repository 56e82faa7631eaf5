package dev.entente.torture.fuzz;

import dev.entente.torture.fuzz.Inputs.Kind;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Counters of the results of inputs. Thread-safe. */
final class Tally {
    private static final int EXAMPLES = 20;

    private final Map<Kind, Long> inputs = new EnumMap<>(Kind.class);
    private final Map<String, Long> codes = new TreeMap<>();
    private final List<String> untyped = new ArrayList<>();
    private long answered;
    private long untypedCount;

    /**
     * All counters.
     *
     * @param inputs by their defect
     * @param codes typed errors, by code
     * @param answered answers without an error: the input was valid after all, or its defect has no effect
     * @param untyped errors without a code, defects (ENT-099), and missing answers
     * @param examples of untyped errors
     */
    record Counts(Map<Kind, Long> inputs, Map<String, Long> codes, long answered, long untyped, List<String> examples) {
        long total() {
            return sum(inputs);
        }

        long typed() {
            return sum(codes);
        }

        private static long sum(Map<?, Long> counts) {
            return counts.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    synchronized void input(Kind kind) {
        inputs.merge(kind, 1L, Long::sum);
    }

    synchronized void typed(String code) {
        codes.merge(code, 1L, Long::sum);
    }

    synchronized void answered() {
        answered++;
    }

    synchronized void untyped(String what) {
        untypedCount++;
        if (untyped.size() < EXAMPLES) {
            untyped.add(what);
        }
    }

    synchronized Counts counts() {
        return new Counts(new EnumMap<>(inputs), new TreeMap<>(codes), answered, untypedCount, List.copyOf(untyped));
    }
}
