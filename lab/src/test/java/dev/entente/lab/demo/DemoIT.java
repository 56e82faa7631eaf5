package dev.entente.lab.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.entente.lab.LabProcess;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ./entente demo} with the built jar: its stories, told once. */
final class DemoIT {
    @Test
    void every_scenario_holds_and_stdout_is_one_json_object() throws Exception {
        LabProcess demo = LabProcess.run("demo", "--json", "--seed", "7");
        assertThat(demo.exit()).describedAs(demo.out() + demo.err()).isZero();
        JsonObject json = JsonParser.parseString(demo.out()).getAsJsonObject();
        assertThat(json.keySet()).containsExactly("ok", "scenarios", "recovery");
        assertThat(json.get("ok").getAsBoolean()).isTrue();
        assertThat(scenarios(json))
                .extracting(scenario -> scenario.get("name").getAsString())
                .containsExactly(
                        "checkout",
                        "payment-rejected",
                        "points-fail",
                        "transfer",
                        "transfer-interactive",
                        "insufficient-funds",
                        "nested-tcc",
                        "recovery",
                        "participant-down",
                        "oversell");
        assertThat(scenarios(json)).allSatisfy(scenario -> {
            assertThat(scenario.keySet()).containsExactly("name", "gid", "final", "kills", "invariants", "branches");
            assertThat(scenario.getAsJsonArray("invariants")).isNotEmpty().allSatisfy(invariant -> {
                assertThat(invariant.getAsJsonObject().get("holds").getAsBoolean())
                        .isTrue();
                assertThat(invariant.getAsJsonObject().get("checked").getAsLong())
                        .isPositive();
            });
            assertThat(scenario.getAsJsonArray("branches")).isNotEmpty();
        });
        JsonObject recovery = json.getAsJsonObject("recovery");
        assertThat(recovery.get("open_at_kill").getAsLong()).isGreaterThanOrEqualTo(50);
        assertThat(recovery.get("lost").getAsLong()).isZero();
        assertThat(recovery.get("contradictions").getAsLong()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"notification", "delayed", "choreography"})
    void what_is_only_played_by_name_holds(String scenario) throws Exception {
        LabProcess demo = LabProcess.run("demo", "--json", "--scenario", scenario, "--seed", "7");
        assertThat(demo.exit()).describedAs(demo.out() + demo.err()).isZero();
        assertThat(scenarios(JsonParser.parseString(demo.out()).getAsJsonObject()))
                .singleElement()
                .satisfies(only -> assertThat(only.get("name").getAsString()).isEqualTo(scenario));
    }

    @Test
    void a_step_at_which_nothing_can_fail_is_a_usage_error_that_names_the_others() throws Exception {
        LabProcess demo = LabProcess.run("demo", "--scenario", "shop", "--fail", "pai");
        assertThat(demo.exit()).isEqualTo(2);
        assertThat(demo.err()).contains("pai", "pay", "notify");
    }

    @Test
    void an_unknown_scenario_is_a_usage_error_that_names_the_others() throws Exception {
        LabProcess demo = LabProcess.run("demo", "--scenario", "chekout");
        assertThat(demo.exit()).isEqualTo(2);
        assertThat(demo.err()).contains("chekout", "checkout", "participant-down");
    }

    static List<JsonObject> scenarios(JsonObject json) {
        return StreamSupport.stream(json.getAsJsonArray("scenarios").spliterator(), false)
                .map(JsonElement::getAsJsonObject)
                .toList();
    }
}
