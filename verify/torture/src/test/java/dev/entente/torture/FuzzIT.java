package dev.entente.torture;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.entente.torture.fuzz.FuzzCommand;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@code ./entente fuzz} with the built jar. */
final class FuzzIT {
    @Test
    void invalid_input_gets_an_error_code_and_uses_no_storage_and_little_memory() throws IOException {
        assertRefused(3_000);
    }

    @Test
    @Tag("deep")
    @Tag("fuzz")
    void many_invalid_inputs_are_refused() throws IOException {
        assertRefused(10_000);
    }

    private void assertRefused(int inputs) throws IOException {
        String most = Integer.toString(inputs);
        JsonObject json = TortureProcess.run(
                FuzzCommand.class, "--inputs", most, "--seconds", "3600", "--seed", TortureProcess.SEED, "--json");
        String all = json.toString();
        assertThat(json.get("inputs").getAsLong()).isGreaterThanOrEqualTo(inputs);
        assertThat(json.get("untyped").getAsLong()).describedAs(all).isZero();
        assertThat(json.get("persisted").getAsLong()).describedAs(all).isZero();
        assertThat(json.get("rss_mb_max").getAsLong()).describedAs(all).isBetween(1L, 1024L);
        assertThat(json.get("rpcs").getAsInt()).isGreaterThanOrEqualTo(20);
        assertThat(json.getAsJsonObject("by_code").keySet()).hasSizeGreaterThan(8);
    }
}
