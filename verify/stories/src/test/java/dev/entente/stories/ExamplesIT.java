package dev.entente.stories;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.rig.Playground;
import dev.entente.rig.Receiver;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.Shop;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code entente tx example KIND | entente tx submit -f -}, as documented, with the participants of the demo. */
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

    /** Runs a command, expects exit code 0 and returns its output. */
    private static String entente(String input, String... arguments) {
        CommandRun run = CommandRun.fed(input, arguments);
        assertThat(run.exit()).as(run.output()).isZero();
        return run.output();
    }

    private static String submitted(String plan, String... options) {
        return entente(plan, with(options, "tx", "submit", "-f", "-", "--target", target));
    }

    private static String described(String gid, String... options) {
        return entente("", with(options, "tx", "describe", gid, "--target", target));
    }

    private static String[] with(String[] options, String... command) {
        return Stream.concat(Stream.of(command), Stream.of(options)).toArray(String[]::new);
    }

    private static String plan(String kind) {
        return entente("", "tx", "example", kind);
    }

    @ParameterizedTest
    @ValueSource(strings = {"saga", "approval", "tcc", "two-phase", "message", "notification", "http"})
    void an_example_is_a_valid_plan(String kind) {
        assertThat(submitted(plan(kind), "--strict", "--validate-only"))
                .isEqualTo("the plan is valid" + System.lineSeparator());
    }

    @ParameterizedTest
    @ValueSource(strings = {"saga", "tcc", "two-phase", "message"})
    void an_example_of_the_shop_succeeds(String kind) {
        assertThat(submitted(plan(kind), "--wait", "5m")).startsWith("example-" + kind + " SUCCEEDED");
    }

    @Test
    void the_approval_example_succeeds_after_its_approval() {
        assertThat(submitted(plan("approval"))).startsWith("example-approval RUNNING");
        Awaitility.await().until(() -> described("example-approval").contains("AWAITING_APPROVAL"));
        assertThat(entente("", "tx", "approve", "example-approval", "manager", "--target", target))
                .contains("example-approval");
        assertThat(described("example-approval", "--wait", "5m")).contains("SUCCEEDED");
    }
}
