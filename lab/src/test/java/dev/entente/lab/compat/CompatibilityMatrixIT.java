package dev.entente.lab.compat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What {@link CompatibilityIT} does at the corners of the matrix, with all versions between them.
 */
@Tag("deep")
@Tag("compatibility")
final class CompatibilityMatrixIT {
    private static Kiosks kiosks;

    static List<KioskRun> runs() {
        return KioskRun.all().stream()
                .filter(run -> !KioskRun.corners().contains(run))
                .toList();
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
}
