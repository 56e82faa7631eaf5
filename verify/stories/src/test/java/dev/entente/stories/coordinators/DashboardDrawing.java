package dev.entente.stories.coordinators;

import dev.entente.stories.coordinators.DashboardPanel.Line;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** Draws the panels of a dashboard as SVG, in their grid. The time axis has seconds since the start. */
record DashboardDrawing(long start, long end, StringBuilder svg) {
    private static final int COLUMN = 50;
    private static final int ROW = 26;
    private static final int GAP = 4;
    private static final int AXIS = 58;
    private static final int NAMES = 180;
    private static final int HEAD = 30;
    private static final int LEGEND = 15;
    private static final int LONGEST_NAME = 22;
    private static final String HEADING = "#111\" font-weight=\"bold";
    private static final String SMALL = "#444\" font-size=\"11";
    private static final String RIGHT = SMALL + "\" text-anchor=\"end";
    private static final List<String> COLORS =
            List.of("#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9");
    private static final Map<String, String> STATES = Map.of("green", "#56a64b", "orange", "#ff9830", "red", "#e02f44");

    /** The area of a panel's lines. */
    private record Plot(double x, double y, double width, double height, double max) {}

    static String of(Map<DashboardPanel, List<Line>> panels, Instant start, Instant end) {
        StringBuilder svg = new StringBuilder();
        DashboardDrawing drawing = new DashboardDrawing(start.getEpochSecond(), end.getEpochSecond(), svg);
        int rows = panels.keySet().stream()
                .mapToInt(panel -> panel.grid("y") + panel.grid("h"))
                .reduce(0, Math::max);
        int width = 24 * COLUMN + GAP;
        int height = rows * ROW + GAP;
        String head = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\">";
        drawing.add(head, width, height);
        drawing.rect(0, 0, width, height, "#f4f5f5");
        panels.forEach(drawing::panel);
        return svg.append("</svg>\n").toString();
    }

    private void panel(DashboardPanel panel, List<Line> all) {
        int x = panel.grid("x") * COLUMN + GAP;
        int y = panel.grid("y") * ROW + GAP;
        int width = panel.grid("w") * COLUMN - GAP;
        int height = panel.grid("h") * ROW - GAP;
        String type = panel.text("type");
        if (type.equals("row")) {
            text(x + 4, y + 17, HEADING + "\" font-size=\"15", panel.text("title"));
            return;
        }
        rect(x, y, width, height, "#fff\" stroke=\"#ddd");
        text(x + 10, y + 19, HEADING + "\" font-size=\"12", panel.text("title"));
        if (type.equals("stat")) {
            stat(all, panel.unit(), new Plot(x + 10, y + HEAD, width - 20, height - HEAD - 8, max(all)));
        } else if (type.equals("state-timeline")) {
            states(panel, all, new Plot(x + NAMES, y + HEAD, width - NAMES - 20, height - HEAD - 22, 1));
        } else {
            List<Line> lines = all.stream()
                    .sorted(Comparator.comparing(line -> -max(List.of(line))))
                    .limit(COLORS.size())
                    .toList();
            int below = Math.min(3, lines.size()) * LEGEND + 24;
            double max = Math.max(max(all), panel.threshold());
            Plot plot = new Plot(x + AXIS, y + HEAD, width - AXIS - 20, height - HEAD - below, max);
            axes(panel, plot);
            curves(lines, panel.unit(), plot);
        }
    }

    private void stat(List<Line> lines, String unit, Plot plot) {
        double top = lines.size() * 34;
        Plot curves = new Plot(plot.x, plot.y + top, plot.width, plot.height - top, plot.max);
        for (int i = 0; i < lines.size(); i++) {
            curve(lines.get(i), curves, "#b8cbe8");
            text(plot.x, plot.y + 26 + i * 34, "#1f60c4\" font-size=\"26", last(lines.get(i), unit));
            text(plot.x + plot.width, plot.y + 24 + i * 34, RIGHT, lines.get(i).name());
        }
    }

    private void axes(DashboardPanel panel, Plot plot) {
        for (int i = 0; i <= 2; i++) {
            double y = plot.y + plot.height * i / 2;
            rect(plot.x, y, plot.width, 1, "#e5e5e5");
            text(plot.x - 6, y + 4, RIGHT, format(plot.max * (2 - i) / 2, panel.unit()));
        }
        if (panel.threshold() > 0) {
            rect(plot.x, y(plot, panel.threshold()), plot.width, 1, "#e02f44");
        }
        time(plot);
    }

    private void states(DashboardPanel panel, List<Line> lines, Plot plot) {
        double step = Math.min(26, plot.height / Math.max(1, lines.size()));
        for (int i = 0; i < lines.size(); i++) {
            double y = plot.y + i * step;
            text(plot.x - NAMES + 10, y + step / 2 + 4, SMALL, lines.get(i).name());
            lines.get(i).values().forEach((second, value) -> {
                double width = x(plot, Math.min(end, second + DashboardPanel.STEP.toSeconds())) - x(plot, second);
                String color = Objects.requireNonNull(STATES.get(panel.color(value)));
                rect(x(plot, second), y + 2, width + 0.4, step - 4, color);
            });
        }
        time(plot);
    }

    private void time(Plot plot) {
        for (long second = 0; second < end - start; second += 30) {
            text(x(plot, start + second), plot.y + plot.height + 13, "#888\" font-size=\"10", second + " s");
        }
    }

    private void curve(Line line, Plot plot, String color) {
        StringBuilder path = new StringBuilder();
        long before = 0;
        for (var value : line.values().entrySet()) {
            path.append(value.getKey() - before <= DashboardPanel.STEP.toSeconds() ? 'L' : 'M');
            path.append(String.format(Locale.ROOT, "%.0f %.1f", x(plot, value.getKey()), y(plot, value.getValue())));
            before = value.getKey();
        }
        add("<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\"/>", path, color);
    }

    /** Draws lines and legend. Up to three names have a column for themselves. */
    private void curves(List<Line> lines, String unit, Plot plot) {
        int limit = lines.size() <= 3 ? LONGEST_NAME * 2 : LONGEST_NAME;
        for (int i = 0; i < lines.size(); i++) {
            double x = plot.x - AXIS + 10 + i / 3 * (plot.width + AXIS) / 2;
            double y = plot.y + plot.height + 30 + i % 3 * LEGEND;
            String name = lines.get(i).name();
            rect(x, y - 6, 10, 4, COLORS.get(i));
            String shown = name.substring(0, Math.min(limit, name.length()));
            text(x + 15, y, SMALL, shown + ": " + last(lines.get(i), unit));
            curve(lines.get(i), plot, COLORS.get(i));
        }
    }

    private static double max(List<Line> lines) {
        return lines.stream().flatMap(line -> line.values().values().stream()).reduce(1e-9, Math::max);
    }

    private double x(Plot plot, long second) {
        return plot.x + plot.width * (second - start) / (end - start);
    }

    private static double y(Plot plot, double value) {
        return plot.y + plot.height * (1 - value / plot.max);
    }

    private static String last(Line line, String unit) {
        return format(line.values().lastEntry().getValue(), unit);
    }

    private static String format(double value, String unit) {
        String text = switch (unit) {
            case "percentunit" -> "%.1f %%".formatted(value * 100);
            case "bytes" -> "%.1f MB".formatted(value / 1e6);
            case "s" -> value > 86_400 ? (int) (value / 86_400) + " d" : "%.2f s".formatted(value);
            default -> "%.1f%s".formatted(value, unit.replaceFirst("short|suffix:", ""));
        };
        return text.replaceFirst("\\.0+(?!\\d)", "");
    }

    private void rect(double x, double y, double width, double height, String fill) {
        String format = "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>";
        add(format, x, y, width, height, fill);
    }

    private void text(double x, double y, String fill, String text) {
        add("<text x=\"%.0f\" y=\"%.0f\" fill=\"%s\">%s</text>", x, y, fill, text);
    }

    private void add(String format, Object... arguments) {
        svg.append(String.format(Locale.ROOT, format, arguments)).append('\n');
    }
}
