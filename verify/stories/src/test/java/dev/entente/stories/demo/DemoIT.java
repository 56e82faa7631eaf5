package dev.entente.stories.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.entente.backends.RedisServer;
import dev.entente.rig.Ended;
import dev.entente.stories.StoriesProcess;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** {@code ./entente demo} with the built jar: one run of its scenarios. */
final class DemoIT {
    /** ReadmeIT runs the scenarios with a kill. */
    @Test
    void scenarios_hold_and_stdout_is_one_json_object() throws Exception {
        JsonObject json = run("--scenario", "transfer,transfer-interactive,insufficient-funds");
        assertThat(names(json)).containsExactly("transfer", "transfer-interactive", "insufficient-funds");
        assertHolds(json);
    }

    @Test
    @Tag("deep")
    @Tag("demo")
    void every_quick_scenario_holds() throws Exception {
        JsonObject json = run();
        assertThat(names(json))
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
        assertHolds(json);
        JsonObject recovery = json.getAsJsonObject("recovery");
        assertThat(recovery.get("open_at_kill").getAsLong()).isEqualTo(120);
        assertThat(recovery.get("lost").getAsLong()).isZero();
        assertThat(recovery.get("contradictions").getAsLong()).isZero();
    }

    private static JsonObject run(String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of("demo", "--json", "--seed", StoriesProcess.SEED));
        all.addAll(List.of(arguments));
        Ended demo = StoriesProcess.run(all.toArray(String[]::new));
        assertThat(demo.exit()).describedAs(demo.out() + demo.err()).isZero();
        return JsonParser.parseString(demo.out()).getAsJsonObject();
    }

    private static List<String> names(JsonObject json) {
        return scenarios(json).stream()
                .map(scenario -> scenario.get("name").getAsString())
                .toList();
    }

    private static void assertHolds(JsonObject json) {
        assertThat(json.keySet()).containsExactly("ok", "scenarios", "recovery");
        assertThat(json.get("ok").getAsBoolean()).isTrue();
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
    }

    /** In this order, the most scenarios would find processes of another scenario. */
    @Test
    @Tag("deep")
    @Tag("demo")
    void all_scenarios_hold_together_in_reverse_order() throws Exception {
        RedisServer.PROGRAM.require();
        List<String> names = new ArrayList<>();
        new ScenarioCatalog.Names().forEach(names::addFirst);
        assertThat(names(run("--scenario", String.join(",", names)))).isEqualTo(names);
    }

    @Test
    void a_step_that_cannot_fail_is_a_usage_error_that_lists_the_valid_steps() {
        assertThat(usageError("--scenario", "shop", "--fail", "pai")).contains("pai", "pay", "notify");
    }

    @Test
    void an_unknown_scenario_is_a_usage_error_that_lists_the_scenarios() {
        assertThat(usageError("--scenario", "chekout")).contains("chekout", "checkout", "participant-down");
    }

    @Test
    void a_load_out_of_range_or_without_keep_is_a_usage_error() {
        assertThat(usageError("--keep", "--load", "0")).contains("--load must be 1 to 200, was 0");
        assertThat(usageError("--keep", "--load", "201")).contains("was 201");
        assertThat(usageError("--load", "5")).contains("--load requires --keep");
    }

    @Test
    void kills_out_of_range_or_without_a_load_are_a_usage_error() {
        assertThat(usageError("--kills", "101")).contains("--kills must be 0 to 100, was 101");
        assertThat(usageError("--kills", "-1")).contains("was -1");
        assertThat(usageError("--scenario", "checkout", "--kills", "3"))
                .contains("checkout", "outbox, registration, choreography");
    }

    private static String usageError(String... arguments) {
        StringWriter err = new StringWriter();
        int exit =
                new CommandLine(new DemoCommand()).setErr(new PrintWriter(err)).execute(arguments);
        assertThat(exit).isEqualTo(2);
        return err.toString();
    }

    static List<JsonObject> scenarios(JsonObject json) {
        return StreamSupport.stream(json.getAsJsonArray("scenarios").spliterator(), false)
                .map(JsonElement::getAsJsonObject)
                .toList();
    }
}
