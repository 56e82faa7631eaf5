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

/** {@code ./entente demo} with the built jar. */
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
    @ValueSource(strings = {"checkout", "insufficient-funds", "two-phase", "oversell", "choreography"})
    void a_participant_that_lies_is_found_out(String scenario) throws Exception {
        LabProcess demo = LabProcess.run("demo", "--json", "--break", scenario);
        assertThat(demo.exit()).describedAs(demo.out() + demo.err()).isEqualTo(1);
        JsonObject json = JsonParser.parseString(demo.out()).getAsJsonObject();
        assertThat(json.get("ok").getAsBoolean()).isFalse();
        assertThat(scenarios(json))
                .singleElement()
                .satisfies(only -> assertThat(only.get("name").getAsString()).isEqualTo(scenario));
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

    @ParameterizedTest
    @ValueSource(strings = {"two-phase", "shop"})
    void a_scenario_bears_kills_under_load(String scenario) throws Exception {
        LabProcess demo = LabProcess.run("demo", "--json", "--scenario", scenario, "--kills", "3", "--seed", "7");
        assertThat(demo.exit()).describedAs(demo.out() + demo.err()).isZero();
        JsonObject json = JsonParser.parseString(demo.out()).getAsJsonObject();
        assertThat(scenarios(json))
                .singleElement()
                .satisfies(only -> assertThat(only.getAsJsonArray("kills")).hasSizeGreaterThanOrEqualTo(3));
        assertThat(json.getAsJsonObject("recovery").get("open_at_kill").getAsLong())
                .isGreaterThanOrEqualTo(50);
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

    private static List<JsonObject> scenarios(JsonObject json) {
        return StreamSupport.stream(json.getAsJsonArray("scenarios").spliterator(), false)
                .map(JsonElement::getAsJsonObject)
                .toList();
    }
}
