package dev.entente.stories.formal;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.entente.rig.Ended;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests of {@code verify/formal/check}: the model of the protocol satisfies the laws. */
final class FormalModelIT {
    @Test
    void every_law_holds_in_a_plan_of_each_of_three_modules() throws Exception {
        assertHolds(1_000, "--plan", "CheckBack", "--plan", "Joining-nested", "--plan", "Turning-chain");
    }

    @Test
    @Tag("deep")
    @Tag("model")
    void every_law_holds_in_every_plan() throws Exception {
        assertHolds(100_000);
    }

    private static void assertHolds(long states, String... plans) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("--json"));
        arguments.addAll(List.of(plans));
        Ended run = ModelCheck.run(arguments.toArray(String[]::new));
        assertThat(run.exit()).describedAs(run.out() + run.err()).isZero();
        JsonObject json = JsonParser.parseString(run.out()).getAsJsonObject();
        assertThat(json.keySet()).containsExactly("states", "ok", "violated");
        assertThat(json.get("states").getAsLong()).isGreaterThan(states);
        assertThat(json.get("ok").getAsBoolean()).isTrue();
        assertThat(json.get("violated").isJsonNull()).isTrue();
    }

    @Test
    void an_unknown_plan_is_a_usage_error_that_lists_the_plans() throws Exception {
        Ended run = ModelCheck.run("--plan", "Entente");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("'Entente'", "Entente-saga");
    }

    @Test
    void an_unknown_mutant_is_a_usage_error() throws Exception {
        Ended run = ModelCheck.run("--mutant", "no-such-rule");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains("no-such-rule").contains("--list-mutants");
    }
}
