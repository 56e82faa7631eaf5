package dev.entente.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

final class PictureTest {
    private static final Path DOCUMENTED = Checkout.folder().resolve("docs/performance.svg");

    @Test
    void the_documented_picture_is_what_its_report_gives() throws IOException {
        String picture = Files.readString(DOCUMENTED);
        String source = picture.substring(picture.indexOf("--draw ") + 7, picture.indexOf("</desc>"));

        assertThat(draw(Checkout.folder().resolve(source).toString())).isEqualTo(picture);
    }

    @Test
    void every_row_is_a_point_in_both_charts_and_every_subject_a_line() {
        String picture =
                Picture.draw(report(row("floor-relay", 1), row("entente", 1), row("entente", 64)), "some.json");

        assertThat(picture.split("<circle", -1)).hasSize(1 + 2 * 3);
        assertThat(picture.split("<polyline", -1)).hasSize(1 + 2 * 2);
        assertThat(picture).contains("some.json", "entente saga", "with 64 in flight");
    }

    @Test
    void rows_over_streams_are_a_line_of_their_own() {
        JsonObject streamed = row("entente", 64);
        streamed.addProperty("stream", "on");

        assertThat(Picture.draw(report(row("entente", 64), streamed), "some.json"))
                .contains("entente saga stream");
    }

    @Test
    void what_cannot_be_drawn_is_wrong_usage() {
        assertThat(draw("no-such-file.json")).contains("no-such-file.json cannot be read");
    }

    private static String draw(String file) {
        StringWriter out = new StringWriter();
        PrintWriter both = new PrintWriter(out, true);
        new CommandLine(new Bench()).setOut(both).setErr(both).execute("--draw", file);
        return out.toString();
    }

    private static JsonObject report(JsonObject... rows) {
        JsonObject report = JsonParser.parseString("{\"rows\":[]}").getAsJsonObject();
        for (JsonObject row : rows) {
            report.getAsJsonArray("rows").add(row);
        }
        return report;
    }

    private static JsonObject row(String subject, int inFlight) {
        return JsonParser.parseString("""
            {"subject":"%s","pattern":"saga","in_flight":%d,"per_s":1234.5,"p99_ms":2.5,"cpu_us_per_tx":100.0,
             "cpu_by_process":{"client":20.0,"entente":50.0,"postgres":30.0}}
            """.formatted(subject, inFlight)).getAsJsonObject();
    }
}
