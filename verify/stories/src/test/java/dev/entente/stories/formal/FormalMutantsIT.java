package dev.entente.stories.formal;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.entente.rig.Ended;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests of {@code verify/formal/check --mutant}: the model of the protocol detects each omitted rule. */
final class FormalMutantsIT {
    static Stream<String> mutants() throws Exception {
        return ModelCheck.run("--list-mutants").out().lines();
    }

    @ParameterizedTest
    @ValueSource(strings = {"L1", "check-only-reads", "undo-one-step-away", "unnamed-child-confirmed"})
    void an_omitted_rule_is_detected(String mutant) throws Exception {
        assertDetected(mutant);
    }

    @Tag("deep")
    @Tag("model")
    @ParameterizedTest
    @MethodSource("mutants")
    void each_omitted_rule_is_detected(String mutant) throws Exception {
        assertDetected(mutant);
    }

    private static void assertDetected(String mutant) throws Exception {
        Ended run = ModelCheck.run("--json", "--mutant", mutant);
        assertThat(run.exit()).describedAs(run.out() + run.err()).isEqualTo(1);
        JsonObject json = JsonParser.parseString(run.out()).getAsJsonObject();
        assertThat(json.get("ok").getAsBoolean()).isFalse();
        String violated = json.get("violated").getAsString();
        if (mutant.matches("L[1-6]")) {
            assertThat(violated).isEqualTo(mutant);
        } else {
            assertThat(violated).isNotEmpty();
        }
    }
}
