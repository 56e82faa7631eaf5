package dev.entente.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.util.JsonFormat;
import dev.entente.simulation.command.SeedRunner;
import dev.entente.simulation.command.SimCommand;
import dev.entente.simulation.command.StateFile;
import dev.entente.simulation.mutant.Mutant;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Runs that go on from where the last one ended. */
final class ResumedRunTest {
    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int sim(String... arguments) {
        out.getBuffer().setLength(0);
        return new CommandLine(new SimCommand())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
    }

    private double field(String name) {
        Struct.Builder told = Struct.newBuilder();
        try {
            JsonFormat.parser().merge(out.toString(), told);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(out.toString(), e);
        }
        return told.getFieldsOrThrow(name).getNumberValue();
    }

    @Test
    void several_runs_on_several_threads_sum_up_to_one_run() {
        String state = folder.resolve("state").toString();
        assertThat(sim("--json", "--seeds", "16")).isZero();
        String whole = out.toString().strip();

        assertThat(sim("--json", "--seeds", "6", "--state", state, "--threads", "2"))
                .isZero();
        assertThat(field("next_seed")).isEqualTo(7);
        assertThat(sim("--json", "--seeds", "10", "--state", state, "--threads", "3"))
                .isZero();

        assertThat(out.toString()).startsWith(whole.substring(0, whole.length() - 1));
        assertThat(field("next_seed")).isEqualTo(17);
        assertThat(field("runs")).isEqualTo(2);
    }

    @Test
    void a_run_whose_time_is_over_keeps_what_it_has() {
        String state = folder.resolve("state").toString();

        assertThat(sim("--json", "--minutes", "0", "--state", state)).isZero();
        assertThat(field("seeds")).isZero();
        assertThat(sim("--json", "--seeds", "2", "--minutes", "10", "--state", state))
                .isZero();
        assertThat(field("seeds")).isEqualTo(2);
    }

    @Test
    void a_state_that_is_damaged_is_refused_and_left_alone() throws IOException {
        Path state = folder.resolve("state");
        sim("--seeds", "3", "--state", state.toString());
        byte[] bytes = Files.readAllBytes(state);
        bytes[bytes.length / 2]++;
        Files.write(state, bytes);

        assertThat(sim("--seeds", "1", "--state", state.toString())).isEqualTo(2);
        assertThat(err.toString()).contains("--state: cannot read " + state);
        assertThat(state).hasBinaryContent(bytes);
    }

    @Test
    void a_state_whose_seeds_drew_otherwise_is_refused_and_says_which_seed_is_next() throws IOException {
        Path state = folder.resolve("state");
        SeedSums sums = new SeedSums(7, new PrintWriter(err));
        new StateFile(state, DrawnSamples.fingerprint() + 1).write(sums);

        assertThat(sim("--seeds", "1", "--state", state.toString())).isEqualTo(2);
        assertThat(err.toString()).contains("--state: cannot read " + state, "--seed 7 goes on");

        new StateFile(state, DrawnSamples.fingerprint()).write(sums);
        assertThat(sim("--json", "--seeds", "1", "--state", state.toString())).isZero();
        assertThat(field("next_seed")).isEqualTo(8);
    }

    @Test
    void nothing_but_the_state_stays_in_its_folder() throws IOException {
        sim("--seeds", "3", "--state", folder.resolve("state").toString());

        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(Path::getFileName).map(Path::toString)).containsExactly("state");
        }
    }

    @Test
    void a_simulation_that_breaks_off_ends_the_run() {
        Totals.silenceTheKilled();
        SeedSums sums = new SeedSums(1, new PrintWriter(err));
        AtomicInteger runs = new AtomicInteger();
        SeedRunner runner = new SeedRunner(
                sums,
                seed -> {
                    if (runs.incrementAndGet() > 3) {
                        throw new IllegalStateException("no more");
                    }
                    return Simulation.run(seed, Mutant.NONE);
                },
                () -> false,
                () -> {});

        assertThatThrownBy(() -> runner.run(2, 1000)).hasRootCauseMessage("no more");
    }

    @Test
    void shapes_are_counted_once_however_many_there_are() {
        SeenShapes shapes = new SeenShapes();
        for (int round = 0; round < 2; round++) {
            for (long shape = 0; shape < 120_000; shape++) {
                shapes.add(shape * 0x9E3779B97F4A7C15L);
            }
        }

        assertThat(shapes.size()).isEqualTo(120_000);
        assertThat(shapes.sorted()).hasSize(120_000).isSorted();
    }
}
