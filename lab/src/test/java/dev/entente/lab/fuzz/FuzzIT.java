package dev.entente.lab.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.entente.lab.LabProcess;
import org.junit.jupiter.api.Test;

/** {@code ./entente fuzz} with the built jar. */
final class FuzzIT {
    @Test
    void bad_input_is_refused_with_a_code_stores_nothing_and_takes_no_memory() throws Exception {
        LabProcess fuzz =
                LabProcess.run("fuzz", "--inputs", "10000", "--seconds", "3600", "--seed", LabProcess.SEED, "--json");
        String all = fuzz.out() + fuzz.err();
        assertThat(fuzz.exit()).describedAs(all).isZero();
        JsonObject json = JsonParser.parseString(fuzz.out()).getAsJsonObject();
        assertThat(json.get("inputs").getAsLong()).isGreaterThanOrEqualTo(10_000);
        assertThat(json.get("untyped").getAsLong()).describedAs(all).isZero();
        assertThat(json.get("persisted").getAsLong()).describedAs(all).isZero();
        assertThat(json.get("rss_mb_max").getAsLong()).describedAs(all).isBetween(1L, 1024L);
        assertThat(json.get("rpcs").getAsInt()).isGreaterThanOrEqualTo(20);
        assertThat(json.getAsJsonObject("by_code").keySet()).hasSizeGreaterThan(8);
    }
}
