package dev.entente.torture;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@code ./entente torture --mutants}, with the built jar. */
@Tag("deep")
@Tag("torture-mutants")
final class TortureMutantsIT {
    @Test
    void the_checker_reports_exactly_the_mutated_evidence() throws Exception {
        JsonObject report = TortureProcess.run("--mutants", "--seed", "3", "--json");
        System.out.println("figures: caught " + report.get("caught") + " of " + report.get("mutants"));
        assertThat(report.getAsJsonArray("false_alarms")).isEmpty();
        assertThat(report.getAsJsonArray("missed")).isEmpty();
        assertThat(report.get("caught")).isEqualTo(report.get("mutants"));
    }
}
