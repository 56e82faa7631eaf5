package dev.entente.lab.demo;

import static dev.entente.lab.demo.DemoIT.scenarios;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.entente.backends.RedisServer;
import dev.entente.lab.LabProcess;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ./entente demo --kills} with the built jar: its stories under load. */
@Tag("deep")
@Tag("demo-kills")
final class KilledDemoIT {
    @ParameterizedTest
    @ValueSource(strings = {"two-phase", "grand-shop"})
    void a_scenario_bears_kills_under_load(String scenario) throws Exception {
        if (scenario.equals("grand-shop")) {
            RedisServer.PROGRAM.require();
        }
        LabProcess demo =
                LabProcess.run("demo", "--json", "--scenario", scenario, "--kills", "3", "--seed", LabProcess.SEED);
        assertThat(demo.exit()).describedAs(demo.out() + demo.err()).isZero();
        JsonObject json = JsonParser.parseString(demo.out()).getAsJsonObject();
        assertThat(scenarios(json))
                .singleElement()
                .satisfies(only -> assertThat(only.getAsJsonArray("kills")).hasSizeGreaterThanOrEqualTo(3));
        System.out.println("figures: " + scenario + ": " + json.get("recovery"));
    }

    @Test
    void what_a_service_does_in_its_own_database_bears_kills_of_its_processes() throws Exception {
        RedisServer.PROGRAM.require();
        String services = "idempotency,state-machine,event-store,kafka";
        LabProcess demo =
                LabProcess.run("demo", "--json", "--scenario", services, "--kills", "3", "--seed", LabProcess.SEED);
        assertThat(demo.exit()).describedAs(demo.out() + demo.err()).isZero();
        assertThat(scenarios(JsonParser.parseString(demo.out()).getAsJsonObject()))
                .hasSize(4)
                .allSatisfy(each -> assertThat(each.getAsJsonArray("kills")).hasSize(3));
    }
}
