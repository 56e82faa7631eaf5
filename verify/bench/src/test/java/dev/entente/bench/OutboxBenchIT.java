package dev.entente.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.entente.bench.outbox.OutboxSubject;
import dev.entente.bench.process.Jvm;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The outbox's bench with windows of a moment: that it works, not how fast. */
@Tag("deep")
@Tag("bench")
final class OutboxBenchIT {
    @TempDir
    private Path directory;

    @Test
    void every_subject_delivers_what_it_marks_as_sent() throws IOException, InterruptedException, SQLException {
        StringWriter progress = new StringWriter();
        OutboxBench.Options options = options(List.of(OutboxSubject.values()), Duration.ofMillis(300), 1);

        JsonObject report = new OutboxBench(options, new PrintWriter(progress, true)).run();

        assertThat(report.getAsJsonArray("problems")).as(progress.toString()).isEmpty();
        assertThat(report.getAsJsonArray("rows"))
                .hasSize(OutboxSubject.values().length)
                .filteredOn(row ->
                        !row.getAsJsonObject().get("subject").getAsString().equals("batch-hanging"))
                .allSatisfy(row -> assertThat(row.getAsJsonObject().get("per_s").getAsLong())
                        .as(row.toString())
                        .isPositive());
        assertThat(report.getAsJsonObject("ratios").keySet())
                .containsExactly(
                        "relay:one-row",
                        "relay-behind:relay",
                        "relay-keyed:relay",
                        "relay-ten:batch-ten",
                        "relay-hanging:batch-hanging",
                        "relay-hanging:relay-ten");
    }

    /** A window of two seconds takes more than the shortest queue has. */
    @Test
    void a_long_window_finds_enough_and_subjects_that_were_not_asked_for_cost_nothing()
            throws IOException, InterruptedException, SQLException {
        StringWriter progress = new StringWriter();
        List<OutboxSubject> subjects = OutboxSubject.named(List.of("relay-hanging", "relay-ten"));

        JsonObject report =
                new OutboxBench(options(subjects, Duration.ofSeconds(2), 1), new PrintWriter(progress, true)).run();

        assertThat(report.getAsJsonArray("problems")).as(progress.toString()).isEmpty();
        assertThat(report.getAsJsonArray("rows")).hasSize(2);
        assertThat(report.getAsJsonObject("ratios").keySet()).containsExactly("relay-hanging:relay-ten");
        assertThat(progress.toString())
                .contains("making relay-ten with 10000", "copying relay-hanging with 10000")
                .doesNotContain("batch");
    }

    private OutboxBench.Options options(List<OutboxSubject> subjects, Duration window, int repeats) {
        return new OutboxBench.Options(
                directory, Jvm.options(BenchExecution.SHORT_LIVED), subjects, window, repeats, 10_000);
    }
}
