package dev.entente.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./entente torture}, in its short form, with the built jar. */
final class TortureIT {
    private static final int MINUTES = 6;

    @TempDir
    private Path folder;

    @Test
    void nothing_is_violated_while_everything_around_two_coordinators_goes_wrong() throws Exception {
        JsonObject report = torture("--seconds", "25", "--coordinators", "2", "--rate", "15", "--json");
        assertThat(report.getAsJsonArray("violations")).isEmpty();
        assertThat(report.getAsJsonArray("faults")).isNotEmpty();
        assertThat(report.get("accepted").getAsLong()).isGreaterThan(100);
        assertThat(report.get("reference_checked").getAsLong()).isGreaterThan(100);
        assertThat(report.get("ended").getAsLong() + report.get("parked").getAsLong())
                .isGreaterThanOrEqualTo(report.get("accepted").getAsLong());
    }

    @Test
    void the_judge_reports_whatever_is_spoilt_and_nothing_else() throws Exception {
        JsonObject report = torture("--mutants", "--seed", "3", "--json");
        assertThat(report.getAsJsonArray("false_alarms")).isEmpty();
        assertThat(report.getAsJsonArray("missed")).isEmpty();
        assertThat(report.get("caught")).isEqualTo(report.get("mutants"));
    }

    private JsonObject torture(String... arguments) throws IOException, InterruptedException {
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dentente.home=" + System.getProperty("entente.home"),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Torture.class.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        assertThat(process.waitFor(MINUTES, TimeUnit.MINUTES))
                .describedAs("it ended within %d minutes", MINUTES)
                .isTrue();
        assertThat(process.exitValue())
                .describedAs(Files.readString(out) + Files.readString(err))
                .isZero();
        return JsonParser.parseString(Files.readString(out)).getAsJsonObject();
    }
}
