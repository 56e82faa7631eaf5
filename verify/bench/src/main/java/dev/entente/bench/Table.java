package dev.entente.bench;

import dev.entente.rig.Json;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The table of the subjects' figures. */
record Table(List<Row> rows) implements BenchReport.Rows {
    /** The medians of a subject with a number of transactions in flight. */
    record Row(Subject subject, int inFlight, Figures figures) {}

    @Override
    public List<?> all() {
        return rows.stream().map(Table::json).toList();
    }

    private static Object json(Row row) {
        Figures figures = row.figures();
        return Json.object(
                "subject", row.subject().printed(),
                "pattern", row.subject().pattern().printed(),
                "in_flight", row.inFlight(),
                "per_s", BenchReport.rounded(figures.perSecond()),
                "p50_ms", BenchReport.rounded(figures.p50Millis()),
                "p99_ms", BenchReport.rounded(figures.p99Millis()),
                "p999_ms", BenchReport.rounded(figures.p999Millis()),
                "cpu_us_per_tx", BenchReport.rounded(figures.cpuMicros()),
                "cpu_by_process", BenchReport.rounded(figures.cpuMicrosByProcess()),
                "rss_mb_by_process", BenchReport.rounded(figures.rssMbByProcess()),
                "wal_bytes_per_tx", BenchReport.rounded(figures.walBytes()),
                "commits_per_tx", BenchReport.rounded(figures.commits()));
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
        rows.forEach(row -> print(out, row));
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
