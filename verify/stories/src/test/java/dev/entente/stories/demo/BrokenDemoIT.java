package dev.entente.stories.demo;

import static dev.entente.stories.demo.DemoIT.scenarios;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.entente.rig.Ended;
import dev.entente.stories.StoriesProcess;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ./entente demo --break} with the built jar. */
final class BrokenDemoIT {
    @Test
    void a_faulty_participant_is_detected() throws Exception {
        assertDetected("insufficient-funds");
    }

    @Tag("deep")
    @Tag("demo-liars")
    @ParameterizedTest
    @ValueSource(strings = {"checkout", "two-phase", "oversell", "choreography", "state-machine", "event-store"})
    void a_faulty_participant_is_detected_in_other_scenarios(String scenario) throws Exception {
        assertDetected(scenario);
    }

    private static void assertDetected(String scenario) throws Exception {
        Ended demo = StoriesProcess.run("demo", "--json", "--break", scenario);
        assertThat(demo.exit()).describedAs(demo.out() + demo.err()).isEqualTo(1);
        JsonObject json = JsonParser.parseString(demo.out()).getAsJsonObject();
        assertThat(json.get("ok").getAsBoolean()).isFalse();
        assertThat(scenarios(json))
                .singleElement()
                .satisfies(only -> assertThat(only.get("name").getAsString()).isEqualTo(scenario));
    }
}
