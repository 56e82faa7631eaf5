package dev.entente.bench;

import dev.entente.rig.Json;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The result of a run, as JSON or as tables.
 *
 * @param errors transactions that failed; the figures are valid only if this is 0
 */
record BenchReport(
        Map<String, @Nullable Object> settings,
        int repeats,
        Rows rows,
        Map<String, Double> ratios,
        long errors,
        List<String> problems) {

    /** The measured figures, line by line. */
    interface Rows {
        /** Returns the lines for {@link Json}. */
        List<?> all();

        void print(PrintWriter out);
    }

    /** Rounds to three decimals, which is more precise than any figure of the bench. */
    static double rounded(double value) {
        return Double.isFinite(value) ? Math.round(value * 1000) / 1000.0 : value;
    }

    static Map<String, Double> rounded(Map<String, Double> figures) {
        Map<String, Double> rounded = new LinkedHashMap<>();
        figures.forEach((name, value) -> rounded.put(name, rounded(value)));
        return rounded;
    }

    /** Returns every measured target by its name. */
    Map<String, Threshold> musts() {
        return Threshold.of(ratios);
    }

    String toJson() {
        return Json.pretty(Json.object(
                "settings", settings,
                "repeats", repeats,
                "rows", rows.all(),
                "ratios", rounded(ratios),
                "must", musts(),
                "errors", errors,
                "problems", problems));
    }

    void print(PrintWriter out) {
        out.println(Json.pretty(settings));
        out.println();
        rows.print(out);
        out.printf("%n%-36s %10s%n", "ratio", "measured");
        ratios.forEach((name, value) -> out.printf("%-36s %10.3f%n", name, value));
        out.printf("%n%-36s %10s %10s%n", "target", "required", "measured");
        musts().forEach((name, must) ->
                out.printf("%-36s %10.2f %10.3f %s%n", name, must.want(), must.got(), must.ok() ? "ok" : "MISSED"));
        out.printf("%n%d errors%n", errors);
        problems.forEach(out::println);
    }
}
