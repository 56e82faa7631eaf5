package dev.entente.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.rig.JavaCommand;
import dev.entente.rig.Playground;
import dev.entente.rig.Receiver;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.ServerJar;
import dev.entente.rig.Shop;
import dev.entente.rig.Wait;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code entente tx example KIND | entente tx submit -f -}, as the documents say it, with the demo's participants. */
final class ExamplesIT {
    private static Playground playground;
    private static String target;

    @BeforeAll
    static void start() throws Exception {
        playground = Playground.open();
        Shop shop = playground.startSmallShop();
        Receiver receiver = playground.startReceiver();
        RigCoordinator coordinator =
                playground.startCoordinator("examples", 0, 0, shop.targets(), receiver.configuration());
        target = coordinator.ready().grpc();
    }

    @AfterAll
    static void stop() {
        playground.close();
    }

    private static String entente(String input, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                JavaCommand.java(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-jar",
                ServerJar.find().toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(Map.of("ENTENTE_TARGET", target));
        Process process = builder.start();
        try (var stdin = process.outputWriter(StandardCharsets.UTF_8)) {
            stdin.write(input);
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    @ParameterizedTest
    @ValueSource(strings = {"saga", "approval", "tcc", "two-phase", "message", "notification", "http"})
    void an_example_is_a_valid_plan(String kind) throws Exception {
        String plan = entente("", "tx", "example", kind);
        assertThat(entente(plan, "tx", "submit", "-f", "-", "--strict", "--validate-only"))
                .isEqualTo("the plan is valid" + System.lineSeparator());
    }

    @ParameterizedTest
    @ValueSource(strings = {"saga", "tcc", "two-phase", "message"})
    void an_example_of_the_shop_succeeds(String kind) throws Exception {
        String plan = entente("", "tx", "example", kind);
        assertThat(entente(plan, "tx", "submit", "-f", "-", "--wait", "30s"))
                .startsWith("example-" + kind + " SUCCEEDED");
    }

    @Test
    void the_example_of_an_approval_succeeds_once_it_is_approved() throws Exception {
        String plan = entente("", "tx", "example", "approval");
        assertThat(entente(plan, "tx", "submit", "-f", "-")).startsWith("example-approval RUNNING");
        assertThat(Wait.until(
                        Duration.ofSeconds(60),
                        () -> entente("", "tx", "describe", "example-approval").contains("AWAITING_APPROVAL")))
                .isTrue();
        assertThat(entente("", "tx", "approve", "example-approval", "manager")).contains("example-approval");
        assertThat(entente("", "tx", "describe", "example-approval", "--wait", "60s"))
                .contains("SUCCEEDED");
    }
}
