package dev.entente.lab.formal;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code docs/formal/check}: the model of the protocol holds the laws. */
final class FormalModelIT {
    @TempDir
    static Path folder;

    @Test
    void every_law_holds_in_every_plan() throws Exception {
        ModelCheck run = ModelCheck.run(folder, "--json");
        assertThat(run.exit()).describedAs(run.out() + run.err()).isZero();
        JsonObject json = JsonParser.parseString(run.out()).getAsJsonObject();
        assertThat(json.keySet()).containsExactly("states", "ok", "violated");
        assertThat(json.get("states").getAsLong()).isGreaterThan(100_000);
        assertThat(json.get("ok").getAsBoolean()).isTrue();
        assertThat(json.get("violated").isJsonNull()).isTrue();
    }

    @Test
    void an_unknown_mutant_is_a_usage_error() throws Exception {
        ModelCheck run = ModelCheck.run(folder, "--mutant", "no-such-rule");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains("no-such-rule").contains("--list-mutants");
    }
}
