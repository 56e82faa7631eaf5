package dev.entente.bench;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;

/**
 * The findings of a mode, as JSON or as tables.
 *
 * @param problems what failed; empty if the figures count
 */
record ModeReport(
        Mode mode,
        JsonObject settings,
        int repeats,
        CaseMedians tally,
        Map<String, Double> ratios,
        Map<String, Threshold> musts,
        List<String> problems) {
    String toJson() {
        JsonObject report = new JsonObject();
        report.addProperty("mode", mode.printed());
        report.add("settings", settings);
        report.addProperty("repeats", repeats);
        report.add("rows", tally.toJson());
        report.add("ratios", BenchReport.json(ratios));
        report.add("must", BenchReport.musts(musts));
        report.addProperty("errors", problems.size());
        JsonArray texts = new JsonArray();
        problems.forEach(texts::add);
        report.add("problems", texts);
        return BenchReport.GSON.toJson(report);
    }

    void print(PrintWriter out) {
        out.println(BenchReport.GSON.toJson(settings));
        out.println();
        tally.print(out);
        BenchReport.print(out, ratios, musts);
        out.printf("%n%d errors%n", problems.size());
        problems.forEach(out::println);
    }
}
