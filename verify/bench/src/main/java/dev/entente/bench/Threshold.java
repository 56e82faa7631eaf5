package dev.entente.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A target for one figure, and the measured value.
 *
 * @param want the bound
 * @param got the measured value
 * @param ok whether {@code got} is within the bound
 */
record Threshold(double want, double got, boolean ok) {
    private static final List<Target> TARGETS = List.of(
            atLeast("saga512:hand-naive", 12),
            atLeast("saga512:hand-good", 3),
            atLeast("saga512:floor-relay", 0.42),
            atLeast("saga64:floor-relay", 0.33),
            atLeast("tcc512:floor-relay", 0.42),
            atLeast("stream512:unary", 1.6),
            atLeast("stream64:unary", 1.2),
            atMost("cpu512:floor-calls", 2.5),
            atMost("cpu64:floor-calls", 3.2),
            atMost("p99-saga512:p50", 3),
            atMost("p99-saga64:p50", 5),
            atMost("p50-saga1:floor-relay+2-commits", 1.6),
            atMost("wal-bytes512:saga", 1600),
            atLeast("history-saga512:empty", 0.9),
            atMost("recovery-first-call-s", 1),
            atLeast("recovery-rate:saga512", 0.8),
            atLeast("hung-saga512:undisturbed", 0.9),
            atLeast("hung-back:own", 0.9));

    private record Target(String name, double want, boolean atLeast) {
        Threshold against(double got) {
            return new Threshold(want, BenchReport.rounded(got), atLeast ? got >= want : got <= want);
        }
    }

    /** Returns every measured target, by its name in {@code ratios}. */
    static Map<String, Threshold> of(Map<String, Double> ratios) {
        Map<String, Threshold> musts = new LinkedHashMap<>();
        for (Target target : TARGETS) {
            Double got = ratios.get(target.name());
            if (got != null) {
                musts.put(target.name(), target.against(got));
            }
        }
        return musts;
    }

    private static Target atLeast(String name, double want) {
        return new Target(name, want, true);
    }

    private static Target atMost(String name, double want) {
        return new Target(name, want, false);
    }
}
