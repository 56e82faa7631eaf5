package dev.entente.lab.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.entente.rig.Playground;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A user's service with the built SDK and other versions of protobuf, grpc and Java. Each is a process that submits
 * transactions to a real coordinator and is called by it; all of them are started at once.
 */
final class CompatibilityIT {
    private static final List<Integer> JAVAS = List.of(17, 25);

    private static Playground playground;
    private static final Map<Run, KioskProcess> RUNNING = new LinkedHashMap<>();

    /**
     * A process of the matrix.
     *
     * @param java feature number
     */
    record Run(int java, Combination libraries) {
        String name() {
            String name = "java" + java + "-protobuf" + libraries.protobuf() + "-grpc" + libraries.grpc();
            return name.replace('.', '-');
        }

        String database() {
            return name().replace('-', '_');
        }
    }

    static List<Run> runs() {
        return JAVAS.stream()
                .flatMap(java -> Combination.all().stream().map(libraries -> new Run(java, libraries)))
                .toList();
    }

    @BeforeAll
    static void start() throws Exception {
        playground = Playground.open();
        for (Run run : runs()) {
            Optional<Path> java = InstalledJdk.java(run.java());
            if (java.isPresent()) {
                playground.database().create(run.database());
                String jdbc = playground.database().url(run.database());
                RUNNING.put(
                        run, KioskProcess.start(java.get(), run.libraries(), jdbc, run.name(), playground.folder()));
            }
        }
        begin(RUNNING);
    }

    /** Those that did not start are left for their tests to tell. */
    private static void begin(Map<Run, KioskProcess> kiosks) throws Exception {
        Map<String, String> targets = new TreeMap<>();
        for (Map.Entry<Run, KioskProcess> kiosk : kiosks.entrySet()) {
            kiosk.getValue()
                    .target()
                    .ifPresent(target -> targets.put(kiosk.getKey().name(), target));
        }
        String coordinator = playground
                .startCoordinator("matrix", 0, 0, targets, Map.of())
                .ready()
                .grpc();
        for (Map.Entry<Run, KioskProcess> kiosk : kiosks.entrySet()) {
            if (targets.containsKey(kiosk.getKey().name())) {
                kiosk.getValue().begin(coordinator);
            }
        }
    }

    @AfterAll
    static void stop() {
        RUNNING.values().forEach(KioskProcess::close);
        playground.close();
    }

    @ParameterizedTest
    @MethodSource("runs")
    void a_service_calls_and_is_called(Run run) throws IOException, InterruptedException {
        KioskProcess kiosk = RUNNING.get(run);
        if ("all".equals(System.getenv("ENTENTE_REQUIRE"))) {
            assertThat(kiosk).as("this test needs a Java " + run.java()).isNotNull();
        }
        assumeTrue(kiosk != null, "this test needs a Java " + run.java());
        String name = run.name();
        assertThat(kiosk.lines())
                .as(kiosk.errors())
                .containsExactly(
                        "java " + run.java(),
                        "protobuf " + run.libraries().protobuf(),
                        "grpc " + run.libraries().grpc(),
                        "sold receipt-" + name + "-sold",
                        "undone hand-over: SOLD_OUT: unicorn",
                        "reserved charge-" + name + "-reserved",
                        "refused ENT-014, violations: 1",
                        "stored SUCCEEDED",
                        "row " + name + "-reserved KEPT",
                        "row " + name + "-sold HANDED_OVER",
                        "row " + name + "-undone REFUNDED",
                        "barrier rows 7");
        assertThat(kiosk.errors())
                .as("protobuf warns of generated code that is too old")
                .doesNotContainIgnoringCase("gencode")
                .doesNotContainIgnoringCase("generated type");
    }

    @Test
    void the_matrix_has_three_versions_of_protobuf_and_two_of_grpc() {
        assertThat(Combination.all())
                .hasSize(6)
                .anySatisfy(combination -> assertThat(combination.protobuf()).startsWith("3.25."));
    }
}
