package dev.entente.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The separate modes of the bench with very short measuring windows: verifies that each mode reports figures, not the
 * values.
 */
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
        "sdk, sdk-first_ms:stub sdk-bytes:stub"
    })
    void every_mode_reports_its_ratios(String mode, String ratios) {
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
}
