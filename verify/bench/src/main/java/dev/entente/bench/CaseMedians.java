package dev.entente.bench;

import dev.entente.rig.Json;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The figures of each case: several measurements, reported as medians. For one thread. */
final class CaseMedians implements BenchReport.Rows {
    private final Map<String, List<Map<String, Double>>> cases = new LinkedHashMap<>();

    /** Adds one measurement of a case. All measurements of a case must have the same figures. */
    void add(String name, Map<String, Double> figures) {
        cases.computeIfAbsent(name, _ -> new ArrayList<>()).add(figures);
    }

    /** Returns the median; NaN if the case was never measured. */
    double median(String name, String figure) {
        List<Map<String, Double>> measured = cases.getOrDefault(name, List.of());
        return measured.isEmpty() ? Double.NaN : Figures.median(measured, one -> figure(one, figure));
    }

    private static double figure(Map<String, Double> measured, String name) {
        return measured.getOrDefault(name, Double.NaN);
    }

    /**
     * Returns the median ratio of {@code figure} between two cases. Each ratio compares two adjacent measurements, so a
     * slow drift of the machine affects both.
     */
    double ratio(String name, String other, String figure) {
        List<Map<String, Double>> measured = cases.getOrDefault(name, List.of());
        List<Map<String, Double>> beside = cases.getOrDefault(other, List.of());
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < Math.min(measured.size(), beside.size()); i++) {
            ratios.add(figure(measured.get(i), figure) / figure(beside.get(i), figure));
        }
        return ratios.isEmpty() ? Double.NaN : Figures.median(ratios, Double::doubleValue);
    }

    @Override
    public List<?> all() {
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        medians().forEach((name, figures) -> {
            Map<String, @Nullable Object> row = Json.object("case", name);
            row.putAll(BenchReport.rounded(figures));
            rows.add(row);
        });
        return rows;
    }

    @Override
    public void print(PrintWriter out) {
        medians().forEach((name, figures) -> {
            out.printf("%-28s", name);
            figures.forEach((figure, value) -> out.printf("  %s %.3f", figure, value));
            out.println();
        });
    }

    private Map<String, Map<String, Double>> medians() {
        Map<String, Map<String, Double>> medians = new LinkedHashMap<>();
        cases.forEach((name, measured) -> {
            Map<String, Double> row = new LinkedHashMap<>();
            measured.getFirst().keySet().forEach(figure -> row.put(figure, median(name, figure)));
            medians.put(name, row);
        });
        return medians;
    }
}
