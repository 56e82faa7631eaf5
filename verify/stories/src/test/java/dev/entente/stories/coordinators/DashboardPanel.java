package dev.entente.stories.coordinators;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** A panel of a Grafana dashboard, or the heading of a row. */
record DashboardPanel(JsonObject json) {
    static final Duration STEP = Duration.ofSeconds(5);

    /** The finite values of one time series by the seconds since 1970. */
    record Line(String name, NavigableMap<Long, Double> values) {}

    static List<DashboardPanel> read(Path dashboard) throws IOException {
        JsonObject file = JsonParser.parseString(Files.readString(dashboard)).getAsJsonObject();
        return objects(file, "panels").map(DashboardPanel::new).toList();
    }

    private static Stream<JsonObject> objects(JsonObject parent, String name) {
        return StreamSupport.stream(parent.getAsJsonArray(name).spliterator(), false)
                .map(JsonElement::getAsJsonObject);
    }

    String text(String name) {
        return json.get(name).getAsString();
    }

    int grid(String name) {
        return json.getAsJsonObject("gridPos").get(name).getAsInt();
    }

    String unit() {
        return defaults().get("unit").getAsString();
    }

    /** Returns the color of a value in a state timeline. */
    String color(double value) {
        JsonObject mapping = defaults().getAsJsonArray("mappings").get(0).getAsJsonObject();
        return mapping.getAsJsonObject("options")
                .getAsJsonObject(Long.toString(Math.round(value)))
                .get("color")
                .getAsString();
    }

    private JsonObject defaults() {
        return json.getAsJsonObject("fieldConfig").getAsJsonObject("defaults");
    }

    /** Returns the value of the threshold that the chart shows, or 0. */
    double threshold() {
        if (!defaults().has("thresholds")) {
            return 0;
        }
        JsonArray steps = defaults().getAsJsonObject("thresholds").getAsJsonArray("steps");
        return steps.get(steps.size() - 1).getAsJsonObject().get("value").getAsDouble();
    }

    List<JsonObject> queries() {
        return json.has("targets") ? objects(json, "targets").toList() : List.of();
    }

    /** Returns the expression of a query, with values for the variables of Grafana. */
    static String expression(JsonObject query) {
        return query.get("expr")
                .getAsString()
                .replace("$__rate_interval", STEP.multipliedBy(4).toSeconds() + "s")
                .replaceAll("\\$(job|instance|participant)\\b", ".*");
    }

    /** Returns the lines with a finite value in Prometheus' response to a query. */
    static List<Line> lines(JsonObject query, String response) {
        return objects(JsonParser.parseString(response).getAsJsonObject().getAsJsonObject("data"), "result")
                .map(series -> line(query.get("legendFormat").getAsString(), series))
                .filter(line -> !line.values().isEmpty())
                .toList();
    }

    private static Line line(String legend, JsonObject series) {
        String name = legend;
        for (var label : series.getAsJsonObject("metric").entrySet()) {
            name = name.replace("{{" + label.getKey() + "}}", label.getValue().getAsString());
        }
        NavigableMap<Long, Double> values = new TreeMap<>();
        for (JsonElement value : series.getAsJsonArray("values")) {
            double number = value.getAsJsonArray().get(1).getAsDouble();
            if (Double.isFinite(number)) {
                values.put(value.getAsJsonArray().get(0).getAsLong(), number);
            }
        }
        return new Line(name, values);
    }
}
