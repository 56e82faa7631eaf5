package dev.entente.torture;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@code ./entente torture}, in its short form, with the built jar. */
@Tag("deep")
@Tag("torture")
final class TortureIT {
    @Test
    void two_coordinators_violate_no_rule_under_faults() throws Exception {
        JsonObject report = TortureProcess.run(
                "--seconds",
                "25",
                "--coordinators",
                "2",
                "--rate",
                "15",
                "--previews",
                "1000",
                "--seed",
                TortureProcess.SEED,
                "--json");
        assertThat(report.getAsJsonArray("violations")).isEmpty();
        System.out.println(
                "figures: accepted " + report.get("accepted") + ", checked " + report.get("reference_checked")
                        + ", previews " + report.get("previews")
                        + ", faults " + report.getAsJsonArray("faults").size());
        assertThat(report.getAsJsonArray("faults")).isNotEmpty();
        assertThat(report.get("accepted").getAsLong()).isPositive();
        assertThat(report.get("reference_checked").getAsLong()).isPositive();
        JsonObject previews = report.getAsJsonObject("previews");
        assertThat(previews.get("states").getAsLong()).isGreaterThanOrEqualTo(1000);
        assertThat(previews.get("took_effect").getAsLong()).isGreaterThanOrEqualTo(100);
        assertThat(previews.get("refused").getAsLong()).isPositive();
        assertThat(previews.get("calls").getAsLong()).isPositive();
        assertThat(report.get("ended").getAsLong() + report.get("parked").getAsLong())
                .isGreaterThanOrEqualTo(report.get("accepted").getAsLong());
    }
}
