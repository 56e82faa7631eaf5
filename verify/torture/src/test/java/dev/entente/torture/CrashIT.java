package dev.entente.torture;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code ./entente crash} with the built jar. */
@Tag("deep")
@Tag("crash")
final class CrashIT {
    @ParameterizedTest
    @CsvSource({"off, 6", "on, 4"})
    void no_transaction_is_lost_or_contradicted_under_repeated_kills(String stream, int cycles) throws Exception {
        JsonObject json = TortureProcess.run(
                Crash.class,
                "--cycles",
                Integer.toString(cycles),
                "--stream",
                stream,
                "--seed",
                TortureProcess.SEED,
                "--json");
        System.out.println("figures: stream " + stream + ", accepted " + json.get("accepted") + ", open at each kill "
                + json.get("open_at_kill") + ", in all " + json.get("open_by_state") + ", kills after a decision "
                + json.get("decision_kills"));
        assertThat(json.getAsJsonArray("open_at_kill")).hasSize(cycles);
        assertThat(json.get("accepted").getAsLong()).isPositive();
        assertThat(json.get("decision_kills").getAsLong()).isEqualTo(cycles / 3);
        assertThat(json.get("lost").getAsLong()).isZero();
        assertThat(json.get("contradictions").getAsLong()).isZero();
        assertThat(json.get("duplicate_effects").getAsLong()).isZero();
    }
}
