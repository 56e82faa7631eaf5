package dev.entente.torture.fuzz;

import dev.entente.rig.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The findings of a run.
 *
 * @param rpcs the number of called methods
 * @param persisted the change in the number of rows, by table
 * @param rssMostMib the coordinator's largest resident memory
 * @param servesStill whether it answers good calls as before
 */
record FuzzReport(
        long seed,
        long seconds,
        int rpcs,
        Tally.Counts counts,
        Map<String, Long> persisted,
        long rssMostMib,
        boolean servesStill) {
    /** 512 MiB of heap, half of this amount outside the heap, and the JVM's own memory. */
    private static final long RSS_BOUND_MIB = 1024;

    /** Returns a text for each failed check; empty if all checks passed. */
    List<String> complaints() {
        List<String> complaints = new ArrayList<>();
        if (counts.untyped() > 0) {
            complaints.add(counts.untyped() + " inputs without a typed answer, for example:");
            complaints.addAll(counts.examples());
        }
        persisted.forEach((table, rows) -> complaints.add(table + " changed by " + rows + " rows"));
        if (rssMostMib > RSS_BOUND_MIB) {
            complaints.add("resident memory of " + rssMostMib + " MiB exceeds " + RSS_BOUND_MIB + " MiB");
        }
        if (!servesStill) {
            complaints.add("the coordinator no longer answers valid calls");
        }
        return complaints;
    }

    private long rows() {
        return persisted.values().stream().mapToLong(Long::longValue).sum();
    }

    String toJson() {
        return Json.pretty(Json.object(
                "inputs", counts.total(),
                "untyped", counts.untyped(),
                "persisted", rows(),
                "rss_mb_max", rssMostMib,
                "typed", counts.typed(),
                "answered", counts.answered(),
                "by_kind", counts.inputs(),
                "by_code", counts.codes(),
                "rpcs", rpcs,
                "seconds", seconds,
                "seed", seed));
    }

    String toText() {
        return """
            %d inputs in %d s to %d methods (seed %d)
              %d refused with a code: %s
              %d answered without an error
              %d without a typed answer
            rows persisted: %d; resident at most: %d MiB\
            """.formatted(
                        counts.total(),
                        seconds,
                        rpcs,
                        seed,
                        counts.typed(),
                        list(counts.codes()),
                        counts.answered(),
                        counts.untyped(),
                        rows(),
                        rssMostMib);
    }

    private static String list(Map<String, Long> counts) {
        return counts.entrySet().stream()
                .map(entry -> entry.getKey() + " " + entry.getValue())
                .collect(Collectors.joining(", "));
    }
}
