package dev.entente.bench;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Draws a report of the bench as SVG: throughput and p99 against transactions in flight, and CPU per transaction by
 * process.
 */
final class Picture {
    private static final int WIDTH = 1080;
    private static final int PANEL = 300;
    private static final int TOP = 96;
    private static final int HEIGHT = 250;
    private static final int ROW = 26;
    private static final String[] COLOURS = {
        "#8d99a6", "#4d5863", "#e0a458", "#b5651d", "#1f5fbf", "#a7b0b9", "#79a6e3", "#0b2f66", "#5b3fa8"
    };
    private static final Map<String, String> PROCESSES = processes();

    private final String source;
    private final Map<String, List<JsonObject>> rows = new LinkedHashMap<>();
    private final List<Integer> inFlight;
    private final StringBuilder svg = new StringBuilder();

    private Picture(JsonObject report, String source) {
        this.source = source;
        TreeSet<Integer> all = new TreeSet<>();
        for (JsonElement each : report.getAsJsonArray("rows")) {
            JsonObject row = each.getAsJsonObject();
            rows.computeIfAbsent(label(row), _ -> new ArrayList<>()).add(row);
            all.add(row.get("in_flight").getAsInt());
        }
        inFlight = List.copyOf(all);
    }

    /**
     * The whole picture.
     *
     * @param report what {@code bench --json} printed, with at least one row
     * @param source where it was read from, for a comment in the picture
     */
    static String draw(JsonObject report, String source) {
        Picture picture = new Picture(report, source);
        picture.draw();
        return picture.svg.toString();
    }

    private static Map<String, String> processes() {
        Map<String, String> colours = new LinkedHashMap<>();
        colours.put("client", "#c3cad1");
        colours.put("coordinator", "#1f5fbf");
        colours.put("participant", "#8d99a6");
        colours.put("postgres", "#b5651d");
        return colours;
    }

    private static String label(JsonObject row) {
        boolean isStream = row.has("stream") && row.get("stream").getAsString().equals("on");
        return row.get("subject").getAsString() + " " + row.get("pattern").getAsString() + (isStream ? " stream" : "");
    }

    private void draw() {
        int below = TOP + HEIGHT + 70;
        int height = below + rows.size() * ROW + 40;
        add("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 " + WIDTH + " " + height
                + "' font-family='sans-serif' font-size='12' fill='#24292f'>");
        add("<desc>./entente bench --draw " + source + "</desc>");
        rectangle(0, 0, WIDTH, height, "#ffffff");
        legend();
        chart(70, "transactions per second", "per_s");
        chart(70 + PANEL + 150, "p99, ms", "p99_ms");
        bars(below);
        add("</svg>");
    }

    private void legend() {
        int x = 20;
        int y = 28;
        int index = 0;
        for (String label : rows.keySet()) {
            if (x > WIDTH - 160) {
                x = 20;
                y += 20;
            }
            rectangle(x, y - 6, 18, 4, colour(index++));
            text(x + 24, y, "start", label);
            x += 150;
        }
    }

    // ---- lines

    private void chart(int left, String title, String figure) {
        double highest = decade(figure, true);
        double lowest = decade(figure, false);
        text(left, TOP - 16, "start", title + " (log) against transactions in flight");
        for (double line = lowest; line <= highest * 1.001; line *= 10) {
            double y = height(line, lowest, highest);
            rectangle(left, y - 0.5, PANEL, 1, "#e1e4e8");
            text(left - 8, y + 4, "end", number(line));
        }
        for (int place = 0; place < inFlight.size(); place++) {
            text(across(left, place), TOP + HEIGHT + 18, "middle", Integer.toString(inFlight.get(place)));
        }
        int index = 0;
        for (List<JsonObject> line : rows.values()) {
            line(line, left, figure, lowest, highest, colour(index++));
        }
    }

    private void line(List<JsonObject> line, int left, String figure, double lowest, double highest, String colour) {
        StringBuilder points = new StringBuilder();
        for (JsonObject row : line) {
            double x = across(left, inFlight.indexOf(row.get("in_flight").getAsInt()));
            double y = height(row.get(figure).getAsDouble(), lowest, highest);
            points.append(at(x)).append(',').append(at(y)).append(' ');
            add("<circle cx='" + at(x) + "' cy='" + at(y) + "' r='3' fill='" + colour + "'/>");
        }
        add("<polyline points='" + points.toString().strip() + "' fill='none' stroke='" + colour
                + "' stroke-width='2'/>");
    }

    private double decade(String figure, boolean isUpper) {
        double extreme = isUpper ? 0 : Double.MAX_VALUE;
        for (List<JsonObject> line : rows.values()) {
            for (JsonObject row : line) {
                double value = row.get(figure).getAsDouble();
                extreme = isUpper ? Math.max(extreme, value) : Math.min(extreme, value);
            }
        }
        double exponent = Math.log10(Math.max(extreme, 1e-3));
        return Math.pow(10, isUpper ? Math.ceil(exponent) : Math.floor(exponent));
    }

    private double across(int left, int place) {
        return left + 20 + (inFlight.size() == 1 ? 0 : (PANEL - 40.0) * place / (inFlight.size() - 1));
    }

    private static double height(double value, double lowest, double highest) {
        double share = Math.log(value / lowest) / Math.log(highest / lowest);
        return TOP + HEIGHT * (1 - share);
    }

    // ---- bars

    /**
     * CPU per transaction under the highest number in flight; what coordinates is one colour, whatever it is called.
     */
    private void bars(int top) {
        int busiest = inFlight.getLast();
        text(20, top - 14, "start", "CPU µs per transaction with " + busiest + " in flight, by process:");
        int x = 390;
        for (Map.Entry<String, String> process : PROCESSES.entrySet()) {
            rectangle(x, top - 24, 12, 12, process.getValue());
            text(x + 18, top - 14, "start", process.getKey());
            x += 120;
        }
        List<JsonObject> busy = rows.values().stream()
                .flatMap(List::stream)
                .filter(row -> row.get("in_flight").getAsInt() == busiest)
                .toList();
        double widest = busy.stream()
                .mapToDouble(row -> row.get("cpu_us_per_tx").getAsDouble())
                .max()
                .orElse(1);
        int y = top;
        for (JsonObject row : busy) {
            bar(row, y, 780 / widest);
            y += ROW;
        }
    }

    private void bar(JsonObject row, int y, double perMicro) {
        text(170, y + 14, "end", label(row));
        double x = 180;
        JsonObject byProcess = row.getAsJsonObject("cpu_by_process");
        for (Map.Entry<String, String> process : PROCESSES.entrySet()) {
            double micros = 0;
            for (Map.Entry<String, JsonElement> part : byProcess.entrySet()) {
                boolean isCoordinator = !PROCESSES.containsKey(part.getKey());
                if (process.getKey().equals(isCoordinator ? "coordinator" : part.getKey())) {
                    micros += part.getValue().getAsDouble();
                }
            }
            rectangle(x, y, micros * perMicro, 18, process.getValue());
            x += micros * perMicro;
        }
        text(x + 8, y + 14, "start", number(row.get("cpu_us_per_tx").getAsDouble()));
    }

    // ---- marks

    private static String colour(int index) {
        return COLOURS[index % COLOURS.length];
    }

    private static String number(double value) {
        return value >= 1 ? Long.toString(Math.round(value)) : at(value);
    }

    private void rectangle(double x, double y, double width, double height, String colour) {
        add("<rect x='" + at(x) + "' y='" + at(y) + "' width='" + at(width) + "' height='" + at(height) + "' fill='"
                + colour + "'/>");
    }

    private void text(double x, double y, String anchor, String text) {
        add("<text x='" + at(x) + "' y='" + at(y) + "' text-anchor='" + anchor + "'>" + text + "</text>");
    }

    private void add(String mark) {
        svg.append(mark).append('\n');
    }

    /** Rounded, and written alike in every locale. */
    private static String at(double value) {
        return Double.toString(Math.round(value * 10) / 10.0);
    }
}
