package dev.entente.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bench's questions of their own, with windows of a moment: that each is answered, not what the answer is. */
@Tag("deep")
@Tag("bench")
final class BenchModesIT {
    @TempDir
    private Path workDirectory;

    private BenchExecution bench;

    @BeforeEach
    void prepare() {
        bench = new BenchExecution(workDirectory);
    }

    @ParameterizedTest
    @CsvSource({
        "recovery, recovery-first-call-s recovery-rate:saga512",
        "hung-participant, hung-saga512:undisturbed hung-back:own",
        "history, history-saga512:empty",
        "console, console-saga512:unwatched console-page-p95-ms",
        "patterns, two-phase:saga message:saga message-check-back:saga notification:saga replay:saga",
        "service, states:by-hand events:by-hand keys:by-hand",
        "outbox, relay:one-row relay-behind:relay relay-ten:batch-ten relay-hanging:batch-hanging"
    })
    void every_mode_answers_its_question(String mode, String ratios) {
        JsonObject report = bench.measure(
                "--only",
                mode,
                "--seconds",
                "0.3",
                "--repeats",
                "1",
                "--warm-up",
                "0.2",
                "--open",
                "300",
                "--finished",
                "3000");
        System.out.println("figures: " + mode + " " + report.get("ratios"));
        assertThat(report.get("errors").getAsLong()).as(bench.err()).isZero();
        assertThat(report.getAsJsonObject("ratios").keySet()).contains(ratios.split(" "));
        assertThat(report.getAsJsonArray("rows")).isNotEmpty();
        assertThat(report.getAsJsonObject("settings").get("mode").getAsString()).isEqualTo(mode);
        assertThat(report.getAsJsonObject("settings").keySet()).contains("machine", "postgres", "jvm", "open", "quick");
        assertThat(workDirectory).isEmptyDirectory();
    }

    /** A window of two seconds takes more than the shortest queue has. */
    @Test
    void a_long_window_finds_enough_and_subjects_that_were_not_asked_for_cost_nothing() {
        JsonObject report = bench.measure(
                "--only", "outbox,relay-hanging,relay-ten", "--seconds", "2", "--repeats", "1", "--finished", "10000");
        assertThat(report.get("errors").getAsLong()).as(bench.err()).isZero();
        assertThat(report.getAsJsonArray("rows")).hasSize(2);
        assertThat(report.getAsJsonObject("ratios").keySet()).containsExactly("relay-hanging:relay-ten");
        assertThat(bench.err())
                .contains("making relay-ten with 10000", "copying relay-hanging with 10000")
                .doesNotContain("batch");
    }
}
