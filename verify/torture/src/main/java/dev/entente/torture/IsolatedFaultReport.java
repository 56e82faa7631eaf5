package dev.entente.torture;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import dev.entente.rig.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/** A report of the cost of each fault by itself, for people and programs. */
record IsolatedFaultReport(long seed, List<Cost> costs, List<String> complaints) implements RunFindings {
    private Map<IsolatedFaults, List<Cost>> byClass() {
        return costs.stream().collect(groupingBy(Cost::what, LinkedHashMap::new, toList()));
    }

    private static double answeredRatio(List<Cost> all) {
        long submits = all.stream().mapToLong(Cost::submits).sum();
        long answered = all.stream().mapToLong(Cost::answered).sum();
        return submits == 0 ? 1 : Math.round(10_000.0 * answered / submits) / 10_000.0;
    }

    private static long worst(List<Cost> all, ToLongFunction<Cost> of) {
        return all.stream().mapToLong(of).max().orElse(0);
    }

    @Override
    public String toJson() {
        Map<String, Object> classes = new LinkedHashMap<>();
        byClass()
                .forEach((what, all) -> classes.put(
                        what.title(),
                        Json.object(
                                "faults", all.size(),
                                "submits", all.stream().mapToLong(Cost::submits).sum(),
                                "answered_ratio", answeredRatio(all),
                                "answered_again_ms", worst(all, Cost::answeredAgainMillis),
                                "recovery_ms", worst(all, Cost::recoveryMillis),
                                "after_ms", worst(all, Cost::afterMillis),
                                "reported_ms", worst(all, Cost::reportedMillis),
                                "unended", worst(all, Cost::unended))));
        return Json.pretty(Json.object(
                "seed", seed, "commit", RunFindings.commit(), "classes", classes, "violations", complaints));
    }

    @Override
    public String toText() {
        StringBuilder text = new StringBuilder("%-22s %6s %8s %9s %9s %12s %9s %8s"
                .formatted("class", "faults", "submits", "answered", "again ms", "recovery ms", "after ms", "wait ms"));
        byClass()
                .forEach((what, all) -> text.append("%n%-22s %6d %8d %9.4f %9d %12d %9d %8d"
                        .formatted(
                                what.title(),
                                all.size(),
                                all.stream().mapToLong(Cost::submits).sum(),
                                answeredRatio(all),
                                worst(all, Cost::answeredAgainMillis),
                                worst(all, Cost::recoveryMillis),
                                worst(all, Cost::afterMillis),
                                worst(all, Cost::reportedMillis))));
        return text.append("%nviolations: %d".formatted(complaints.size())).toString();
    }
}
