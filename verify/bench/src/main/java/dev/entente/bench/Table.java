package dev.entente.bench;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The lines of the subjects. */
record Table(List<Row> all) implements BenchReport.Rows {
    /** A subject, under a number of transactions in flight, and its medians. */
    record Row(Subject subject, int inFlight, Figures figures) {}

    @Override
    public JsonArray toJson() {
        JsonArray table = new JsonArray();
        all.forEach(row -> table.add(json(row)));
        return table;
    }

    private static JsonObject json(Row row) {
        Figures figures = row.figures();
        JsonObject json = new JsonObject();
        json.addProperty("subject", row.subject().printed());
        json.addProperty("pattern", row.subject().pattern().printed());
        json.addProperty("in_flight", row.inFlight());
        json.addProperty("per_s", BenchReport.rounded(figures.perSecond()));
        json.addProperty("p50_ms", BenchReport.rounded(figures.p50Millis()));
        json.addProperty("p99_ms", BenchReport.rounded(figures.p99Millis()));
        json.addProperty("p999_ms", BenchReport.rounded(figures.p999Millis()));
        json.addProperty("cpu_us_per_tx", BenchReport.rounded(figures.cpuMicros()));
        json.add("cpu_by_process", BenchReport.json(figures.cpuMicrosByProcess()));
        json.add("rss_mb_by_process", BenchReport.json(figures.rssMbByProcess()));
        json.addProperty("wal_bytes_per_tx", BenchReport.rounded(figures.walBytes()));
        json.addProperty("commits_per_tx", BenchReport.rounded(figures.commits()));
        return json;
    }

    @Override
    public void print(PrintWriter out) {
        out.printf(
                "%-12s %-5s %9s %9s %9s %9s %9s %8s %9s %8s  %s%n",
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
        all.forEach(row -> print(out, row));
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
