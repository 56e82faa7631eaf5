package dev.entente.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The complete bench with very short measuring windows: verifies that the bench works, not its figures. */
final class BenchIT {
    @TempDir
    private Path workDirectory;

    private BenchExecution bench;

    @BeforeEach
    void prepare() {
        bench = new BenchExecution(workDirectory);
    }

    @Tag("deep")
    @Tag("bench")
    @Test
    void every_subject_finishes_all_its_transactions_and_fills_its_rows() {
        JsonObject report = bench.measure("--seconds", "0.3", "--repeats", "1", "--warm-up", "0", "--in-flight", "1,8");

        System.out.println("figures: " + report.get("ratios"));
        assertThat(report.get("errors").getAsLong()).as(bench.err()).isZero();
        assertThat(report.getAsJsonArray("rows")).hasSize(2 * (Subject.values().length - 2));
        assertThat(StreamSupport.stream(report.getAsJsonArray("rows").spliterator(), false)
                        .map(JsonElement::getAsJsonObject))
                .allSatisfy(BenchIT::is_filled);
        assertThat(report.getAsJsonObject("ratios").keySet())
                .contains(
                        "saga8:hand-naive",
                        "saga8:hand-good",
                        "saga8:floor-relay",
                        "tcc8:floor-relay",
                        "cpu8:floor-calls");
        assertThat(report.getAsJsonObject("must").keySet()).containsExactly("p50-saga1:floor-relay+2-commits");
        assertThat(workDirectory).isEmptyDirectory();
    }

    @Test
    void a_mode_in_a_list_is_wrong_usage() {
        assertThat(bench.execute("--only", "history,patterns")).isEqualTo(2);
        assertThat(bench.err()).contains("is measured by itself");
    }

    @Test
    void an_unknown_subject_is_wrong_usage() {
        assertThat(bench.execute("--only", "floor-call")).isEqualTo(2);
        assertThat(bench.err()).contains("no subject is named 'floor-call'");
    }

    private static void is_filled(JsonObject row) {
        assertThat(row.keySet())
                .containsExactly(
                        "subject",
                        "pattern",
                        "in_flight",
                        "per_s",
                        "p50_ms",
                        "p99_ms",
                        "p999_ms",
                        "cpu_us_per_tx",
                        "cpu_by_process",
                        "rss_mb_by_process",
                        "wal_bytes_per_tx",
                        "commits_per_tx");
        assertThat(row.get("per_s").getAsDouble()).isPositive();
        assertThat(row.get("p50_ms").getAsDouble()).isPositive();
        assertThat(row.getAsJsonObject("rss_mb_by_process").keySet()).contains("client", "participant");
        if (row.getAsJsonObject("cpu_by_process").has("postgres")) {
            assertThat(row.get("wal_bytes_per_tx").getAsDouble()).isPositive();
            assertThat(row.get("commits_per_tx").getAsDouble()).isPositive();
        }
    }
}
