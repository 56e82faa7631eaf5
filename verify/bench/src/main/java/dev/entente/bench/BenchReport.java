package dev.entente.bench;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;

/**
 * The outcome of a run, as JSON or as tables.
 *
 * @param errors transactions that failed; 0 if the figures count
 */
record BenchReport(
        JsonObject settings, int repeats, Rows rows, Map<String, Double> ratios, long errors, List<String> problems) {
    private static final Gson GSON = new GsonBuilder()
            .setPrettyPrinting()
            .disableHtmlEscaping()
            .serializeSpecialFloatingPointValues()
            .create();

    /** What was measured, line by line. */
    interface Rows {
        JsonArray toJson();

        void print(PrintWriter out);
    }

    /** Three decimals: more than any figure here deserves. */
    static double rounded(double value) {
        return Math.round(value * 1000) / 1000.0;
    }

    /** Every target that was measured, by its name. */
    Map<String, Threshold> musts() {
        return Threshold.of(ratios);
    }

    String toJson() {
        JsonObject report = new JsonObject();
        report.add("settings", settings);
        report.addProperty("repeats", repeats);
        report.add("rows", rows.toJson());
        report.add("ratios", json(ratios));
        JsonObject targets = new JsonObject();
        musts().forEach((name, must) -> targets.add(name, json(must)));
        report.add("must", targets);
        report.addProperty("errors", errors);
        JsonArray texts = new JsonArray();
        problems.forEach(texts::add);
        report.add("problems", texts);
        return GSON.toJson(report);
    }

    private static JsonObject json(Threshold must) {
        JsonObject json = new JsonObject();
        json.addProperty("want", must.want());
        json.addProperty("got", rounded(must.got()));
        json.addProperty("ok", must.ok());
        return json;
    }

    static JsonObject json(Map<String, Double> figures) {
        JsonObject json = new JsonObject();
        figures.forEach((name, value) -> json.addProperty(name, rounded(value)));
        return json;
    }

    void print(PrintWriter out) {
        out.println(GSON.toJson(settings));
        out.println();
        rows.print(out);
        out.printf("%n%-36s %10s%n", "ratio", "got");
        ratios.forEach((name, value) -> out.printf("%-36s %10.3f%n", name, value));
        out.printf("%n%-36s %10s %10s%n", "must", "want", "got");
        musts().forEach((name, must) ->
                out.printf("%-36s %10.2f %10.3f %s%n", name, must.want(), must.got(), must.ok() ? "ok" : "MISSED"));
        out.printf("%n%d errors%n", errors);
        problems.forEach(out::println);
    }
}
