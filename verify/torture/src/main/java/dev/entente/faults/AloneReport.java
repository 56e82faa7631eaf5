package dev.entente.faults;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/** Prints the cost of each fault by itself, for people and programs. */
record AloneReport(long seed, List<Cost> costs, List<String> complaints) {
    private static final Gson PRETTY =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    private Map<Lonely, List<Cost>> byClass() {
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

    String toJson() {
        JsonObject classes = new JsonObject();
        byClass().forEach((what, all) -> {
            JsonObject one = new JsonObject();
            one.addProperty("faults", all.size());
            one.addProperty("submits", all.stream().mapToLong(Cost::submits).sum());
            one.addProperty("answered_ratio", answeredRatio(all));
            one.addProperty("answered_again_ms", worst(all, Cost::answeredAgainMillis));
            one.addProperty("recovery_ms", worst(all, Cost::recoveryMillis));
            one.addProperty("after_ms", worst(all, Cost::afterMillis));
            one.addProperty("told_ms", worst(all, Cost::toldMillis));
            one.addProperty("unended", worst(all, Cost::unended));
            classes.add(what.title(), one);
        });
        JsonArray broken = new JsonArray();
        complaints.forEach(broken::add);
        JsonObject json = new JsonObject();
        json.addProperty("seed", seed);
        json.addProperty("commit", Commit.current());
        json.add("classes", classes);
        json.add("violations", broken);
        return PRETTY.toJson(json);
    }

    /** The worst of each class. */
    String toText() {
        StringBuilder text = new StringBuilder("%-22s %6s %8s %9s %9s %12s %9s %8s"
                .formatted("class", "faults", "submits", "answered", "again ms", "recovery ms", "after ms", "told ms"));
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
                                worst(all, Cost::toldMillis))));
        return text.append("%nviolations: %d".formatted(complaints.size())).toString();
    }
}
