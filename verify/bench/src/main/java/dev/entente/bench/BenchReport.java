package dev.entente.bench;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The outcome of a run, as JSON or as tables.
 *
 * @param errors transactions that failed; 0 if the figures count
 */
record BenchReport(
        JsonObject settings,
        int repeats,
        List<Row> rows,
        Map<String, Double> ratios,
        Map<String, Threshold> musts,
        long errors,
        List<String> problems) {
    static final Gson GSON = new GsonBuilder()
            .setPrettyPrinting()
            .disableHtmlEscaping()
            .serializeSpecialFloatingPointValues()
            .create();

    /** Three decimals: more than any figure here deserves. */
    static double rounded(double value) {
        return Math.round(value * 1000) / 1000.0;
    }

    String toJson() {
        JsonObject report = new JsonObject();
        report.add("settings", settings);
        report.addProperty("repeats", repeats);
        JsonArray table = new JsonArray();
        rows.forEach(row -> table.add(json(row)));
        report.add("rows", table);
        report.add("ratios", json(ratios));
        report.add("must", musts(musts));
        report.addProperty("errors", errors);
        JsonArray texts = new JsonArray();
        problems.forEach(texts::add);
        report.add("problems", texts);
        return GSON.toJson(report);
    }

    private static JsonObject json(Row row) {
        Figures figures = row.figures();
        JsonObject json = new JsonObject();
        json.addProperty("subject", row.subject().printed());
        json.addProperty("pattern", row.subject().pattern().printed());
        json.addProperty("in_flight", row.inFlight());
        json.addProperty("per_s", rounded(figures.perSecond()));
        json.addProperty("p50_ms", rounded(figures.p50Millis()));
        json.addProperty("p99_ms", rounded(figures.p99Millis()));
        json.addProperty("p999_ms", rounded(figures.p999Millis()));
        json.addProperty("cpu_us_per_tx", rounded(figures.cpuMicros()));
        json.add("cpu_by_process", json(figures.cpuMicrosByProcess()));
        json.add("rss_mb_by_process", json(figures.rssMbByProcess()));
        json.addProperty("wal_bytes_per_tx", rounded(figures.walBytes()));
        json.addProperty("commits_per_tx", rounded(figures.commits()));
        return json;
    }

    static JsonObject musts(Map<String, Threshold> musts) {
        JsonObject json = new JsonObject();
        musts.forEach((name, must) -> json.add(name, json(must)));
        return json;
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
        out.printf(
                "%n%-12s %-5s %9s %9s %9s %9s %9s %8s %9s %8s  %s%n",
                "subject",
                "",
                "in flight",
                "per s",
                "p50 ms",
                "p99 ms",
                "p99.9 ms",
                "CPU µs",
                "WAL B",
                "commits",
                "CPU µs by process; memory MiB");
        rows.forEach(row -> print(out, row));
        print(out, ratios, musts);
        out.printf("%n%d errors%n", errors);
        problems.forEach(out::println);
    }

    static void print(PrintWriter out, Map<String, Double> ratios, Map<String, Threshold> musts) {
        out.printf("%n%-36s %10s%n", "ratio", "got");
        ratios.forEach((name, value) -> out.printf("%-36s %10.3f%n", name, value));
        out.printf("%n%-36s %10s %10s%n", "must", "want", "got");
        musts.forEach((name, must) ->
                out.printf("%-36s %10.2f %10.3f %s%n", name, must.want(), must.got(), must.ok() ? "ok" : "MISSED"));
    }

    private static void print(PrintWriter out, Row row) {
        Figures figures = row.figures();
        out.printf(
                "%-12s %-5s %9d %9.0f %9.3f %9.3f %9.3f %8.1f %9.0f %8.3f  %s; %s%n",
                row.subject().printed(),
                row.subject().pattern().printed(),
                row.inFlight(),
                figures.perSecond(),
                figures.p50Millis(),
                figures.p99Millis(),
                figures.p999Millis(),
                figures.cpuMicros(),
                figures.walBytes(),
                figures.commits(),
                brief(figures.cpuMicrosByProcess(), "%s %.1f"),
                brief(figures.rssMbByProcess(), "%s %.0f"));
    }

    private static String brief(Map<String, Double> figures, String format) {
        return figures.entrySet().stream()
                .map(entry -> format.formatted(entry.getKey(), entry.getValue()))
                .collect(Collectors.joining(", "));
    }
}
