package dev.entente.stories.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.entente.backends.RedisServer;
import dev.entente.rig.Ended;
import dev.entente.stories.StoriesProcess;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ./entente demo --kills} with the built jar. */
@Tag("deep")
@Tag("demo-kills")
final class KilledDemoIT {
    /** Enough kills for each process of the scenario with the most processes. */
    private static final int KILLS = 8;

    @ParameterizedTest
    @ValueSource(strings = {"outbox", "registration", "choreography", "state-machine", "event-store", "kafka"})
    void a_scenario_holds_while_each_of_its_processes_is_killed(String scenario) throws Exception {
        assertHolds(scenario);
    }

    @ParameterizedTest
    @ValueSource(strings = {"idempotency", "grand-shop"})
    void a_scenario_with_keys_in_redis_holds_under_kills(String scenario) throws Exception {
        RedisServer.PROGRAM.require();
        assertHolds(scenario);
    }

    @ParameterizedTest
    @ValueSource(strings = {"outbox", "registration", "choreography", "state-machine", "event-store", "kafka"})
    void a_faulty_participant_is_detected_under_kills(String scenario) throws Exception {
        Ended demo = StoriesProcess.run("demo", "--json", "--break", scenario, "--kills", "2");
        assertThat(demo.exit()).describedAs(demo.out() + demo.err()).isEqualTo(1);
    }

    @Test
    void scenarios_hold_together_under_kills_in_reverse_order() throws Exception {
        assertHolds("choreography,registration,outbox");
    }

    private static void assertHolds(String scenarios) throws Exception {
        Ended demo = StoriesProcess.run(
                "demo",
                "--json",
                "--scenario",
                scenarios,
                "--kills",
                Integer.toString(KILLS),
                "--seed",
                StoriesProcess.SEED);
        assertThat(demo.exit()).describedAs(demo.out() + demo.err()).isZero();
        JsonObject json = JsonParser.parseString(demo.out()).getAsJsonObject();
        assertThat(DemoIT.scenarios(json))
                .hasSize(scenarios.split(",", -1).length)
                .allSatisfy(each -> {
                    assertThat(each.getAsJsonArray("kills")).hasSize(KILLS);
                    assertThat(each.getAsJsonArray("invariants"))
                            .allSatisfy(invariant -> assertThat(invariant
                                            .getAsJsonObject()
                                            .get("checked")
                                            .getAsLong())
                                    .isPositive());
                });
    }
}
