package dev.entente.lab.compat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A user's service with the built SDK and other versions of protobuf, grpc and Java: the oldest ones and the newest.
 * Each is a process that submits transactions to a real coordinator and is called by it.
 */
final class CompatibilityIT {
    private static Kiosks kiosks;

    static List<KioskRun> runs() {
        return KioskRun.corners();
    }

    @BeforeAll
    static void start() throws Exception {
        kiosks = Kiosks.start(runs());
    }

    @AfterAll
    static void stop() {
        kiosks.close();
    }

    @ParameterizedTest
    @MethodSource("runs")
    void a_service_calls_and_is_called(KioskRun run) throws IOException, InterruptedException {
        kiosks.assertCallsAndIsCalled(run);
    }

    @Test
    void the_matrix_has_three_versions_of_protobuf_and_two_of_grpc() {
        assertThat(Combination.all())
                .hasSize(6)
                .anySatisfy(combination -> assertThat(combination.protobuf()).startsWith("3.25."));
    }
}
