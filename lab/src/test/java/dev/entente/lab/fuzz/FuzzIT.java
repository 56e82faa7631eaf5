package dev.entente.lab.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.entente.lab.LabProcess;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@code ./entente fuzz} with the built jar. */
final class FuzzIT {
    @Test
    void bad_input_is_refused_with_a_code_stores_nothing_and_takes_no_memory() throws Exception {
        assertRefused(3_000);
    }

    @Test
    @Tag("deep")
    @Tag("fuzz")
    void much_bad_input_is_refused_too() throws Exception {
        assertRefused(10_000);
    }

    private static void assertRefused(int inputs) throws Exception {
        LabProcess fuzz = LabProcess.run(
                "fuzz", "--inputs", Integer.toString(inputs), "--seconds", "3600", "--seed", LabProcess.SEED, "--json");
        String all = fuzz.out() + fuzz.err();
        assertThat(fuzz.exit()).describedAs(all).isZero();
        JsonObject json = JsonParser.parseString(fuzz.out()).getAsJsonObject();
        assertThat(json.get("inputs").getAsLong()).isGreaterThanOrEqualTo(inputs);
        assertThat(json.get("untyped").getAsLong()).describedAs(all).isZero();
        assertThat(json.get("persisted").getAsLong()).describedAs(all).isZero();
        assertThat(json.get("rss_mb_max").getAsLong()).describedAs(all).isBetween(1L, 1024L);
        assertThat(json.get("rpcs").getAsInt()).isGreaterThanOrEqualTo(20);
        assertThat(json.getAsJsonObject("by_code").keySet()).hasSizeGreaterThan(8);
    }
}
