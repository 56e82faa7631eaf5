package dev.entente.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.PatientAwaits;
import dev.entente.bench.load.EntenteServer;
import dev.entente.bench.load.TransactionLoad;
import dev.entente.bench.process.Jvm;
import dev.entente.rig.ServerJar;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The short form of {@link BenchIT}: transactions that are counted, not measured, so that no window is too short. */
final class CountedBenchIT {
    private static final int TRANSACTIONS = 20;
    private static final List<Subject> SUBJECTS = List.of(Subject.HAND_GOOD, Subject.ENTENTE_SAGA);

    @TempDir
    private Path workDirectory;

    @Test
    void each_subject_makes_the_expected_number_of_participant_calls() throws Exception {
        List<String> jvm = Jvm.options(BenchExecution.SHORT_LIVED);
        Path directory = Files.createTempDirectory(workDirectory, "bench");
        EntenteServer entente = new EntenteServer(ServerJar.find(), jvm, List.of());
        try (TestBed bed = new TestBed(new TestBed.Options(directory, jvm, entente, null))) {
            bed.start();
            SubjectProcesses processes = SubjectProcesses.start(bed, SUBJECTS);
            for (Subject subject : SUBJECTS) {
                TransactionLoad load = processes.load(subject);
                long before = processes.participantCalls();
                for (int i = 0; i < TRANSACTIONS; i++) {
                    assertThat(outcome(load)).as(subject.printed()).isEqualTo("succeeded");
                }
                assertThat(processes.participantCalls() - before)
                        .as(subject.printed())
                        .isEqualTo((long) TRANSACTIONS * subject.participantCalls());
                assertThat(processes.cpuMicros(subject).keySet()).contains("client", "participant", "postgres");
            }
        }
        assertThat(workDirectory).isEmptyDirectory();
    }

    /** Runs one transaction until it finishes and returns its result. Blocks. */
    private static String outcome(TransactionLoad load) throws Exception {
        CompletableFuture<String> outcome = new CompletableFuture<>();
        load.start(new TransactionLoad.Ending() {
            @Override
            public void succeeded() {
                outcome.complete("succeeded");
            }

            @Override
            public void failed(String why) {
                outcome.complete(why);
            }
        });
        return outcome.get(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS);
    }
}
