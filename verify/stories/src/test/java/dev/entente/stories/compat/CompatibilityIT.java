package dev.entente.stories.compat;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A user's service with the built SDK and other versions of protobuf, grpc and Java: the oldest and the newest. Each
 * service is a process that submits transactions to a real coordinator and receives its calls.
 */
final class CompatibilityIT {
    private static final Map<List<KioskRun>, Kiosks> STARTED = new HashMap<>();

    static List<KioskRun> corners() {
        return KioskRun.corners();
    }

    static List<KioskRun> others() {
        List<KioskRun> others = new ArrayList<>(KioskRun.all());
        others.removeAll(KioskRun.corners());
        return others;
    }

    @AfterAll
    static void stop() {
        STARTED.values().forEach(Kiosks::close);
    }

    @ParameterizedTest
    @MethodSource("corners")
    void a_service_calls_and_is_called(KioskRun run) throws Exception {
        assertCallsAndIsCalled(run, corners());
    }

    @Tag("deep")
    @Tag("compatibility")
    @ParameterizedTest
    @MethodSource("others")
    void a_service_with_intermediate_versions_calls_and_is_called(KioskRun run) throws Exception {
        assertCallsAndIsCalled(run, others());
    }

    /** Starts all runs of the list before the first of them is checked. */
    private static void assertCallsAndIsCalled(KioskRun run, List<KioskRun> all) throws Exception {
        if (!STARTED.containsKey(all)) {
            STARTED.put(all, Kiosks.start(all));
        }
        STARTED.get(all).assertCallsAndIsCalled(run);
    }

    @Test
    void the_matrix_has_three_versions_of_protobuf_and_two_of_grpc() {
        assertThat(Combination.all())
                .hasSize(6)
                .anySatisfy(combination -> assertThat(combination.protobuf()).startsWith("3.25."));
    }
}
