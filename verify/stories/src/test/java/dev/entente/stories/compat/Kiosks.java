package dev.entente.stories.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.entente.rig.Ended;
import dev.entente.rig.JavaCommand;
import dev.entente.rig.Playground;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The processes of the matrix, all started at once, and their shared coordinator. */
final class Kiosks implements AutoCloseable {
    private final Map<KioskRun, KioskProcess> running = new LinkedHashMap<>();
    private final Playground playground;

    private Kiosks(Playground playground) {
        this.playground = playground;
    }

    static Kiosks start(List<KioskRun> runs) throws Exception {
        Kiosks kiosks = new Kiosks(Playground.open());
        for (KioskRun run : runs) {
            kiosks.start(run);
        }
        kiosks.begin();
        return kiosks;
    }

    private void start(KioskRun run) throws Exception {
        Optional<Path> java = java(run.java());
        if (java.isPresent()) {
            playground.database().create(run.database());
            String jdbc = playground.database().url(run.database());
            running.put(run, KioskProcess.start(java.get(), run.libraries(), jdbc, run.name(), playground.folder()));
        }
    }

    /** Returns the {@code java} program of a runtime with this feature number, found like {@code ./entente} does. */
    private static Optional<Path> java(int feature) throws IOException {
        if (Runtime.version().feature() == feature) {
            return Optional.of(Path.of(JavaCommand.java()));
        }
        String launcher =
                Path.of(System.getProperty("entente.home", ".."), "entente").toString();
        Ended search = Ended.run(List.of(launcher, "java-home", Integer.toString(feature)));
        return search.exit() == 0 ? Optional.of(Path.of(search.out().strip(), "bin/java")) : Optional.empty();
    }

    /**
     * Sends the coordinator's address to the processes that have started. The tests of the other processes report the
     * failed start.
     */
    private void begin() throws Exception {
        Map<String, String> targets = new TreeMap<>();
        for (Map.Entry<KioskRun, KioskProcess> kiosk : running.entrySet()) {
            kiosk.getValue()
                    .target()
                    .ifPresent(target -> targets.put(kiosk.getKey().name(), target));
        }
        String coordinator = playground
                .startCoordinator("matrix", 0, 0, targets, Map.of())
                .ready()
                .grpc();
        for (Map.Entry<KioskRun, KioskProcess> kiosk : running.entrySet()) {
            if (targets.containsKey(kiosk.getKey().name())) {
                kiosk.getValue().begin(coordinator);
            }
        }
    }

    /** Verifies the output of a process: its calls and the calls that it received. */
    void assertCallsAndIsCalled(KioskRun run) throws IOException, InterruptedException {
        KioskProcess kiosk = running.get(run);
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

    @Override
    public void close() {
        running.values().forEach(KioskProcess::close);
        playground.close();
    }
}
