package dev.entente.simulation.command;

import dev.entente.rig.OptionRange;
import dev.entente.rig.RigVersion;
import dev.entente.simulation.DrawnSamples;
import dev.entente.simulation.SeedSums;
import dev.entente.simulation.Simulation;
import dev.entente.simulation.Totals;
import dev.entente.simulation.mutant.Mutant;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code entente sim}: the whole engine on virtual time, killed at every step. */
@Command(
        name = "sim",
        description = "Runs the engine on virtual time, seed by seed, and judges the laws. Exit 1 if one was violated.",
        mixinStandardHelpOptions = true,
        versionProvider = RigVersion.class)
public final class SimCommand implements Callable<Integer> {
    private static final int SEEDS = 300;

    @Option(
            names = "--seeds",
            description = "How many seeds (default: 300; with --state, as many as there is time for).")
    private @Nullable Integer seeds;

    @Option(names = "--seed", description = "The first one (default: ${DEFAULT-VALUE}).")
    private long first = 1;

    @Option(
            names = "--state",
            description = "Goes on from where this file says, and keeps the sums of all runs in it.",
            paramLabel = "FILE")
    private @Nullable Path state;

    @Option(names = "--minutes", description = "Ends after so many minutes.", paramLabel = "M")
    private @Nullable Integer minutes;

    @Option(names = "--threads", description = "How many seeds at once (default: ${DEFAULT-VALUE}).", paramLabel = "T")
    private int threads = 1;

    @Option(names = "--mutant", description = "Breaks one rule; violations are expected then.", paramLabel = "NAME")
    private @Nullable String mutantName;

    @Option(names = "--list-mutants", description = "Lists the rules that can be broken.")
    private boolean listMutants;

    @Option(names = "--coverage", description = "How often each kind of branch met each end and each crash point.")
    private boolean coverage;

    @Option(names = "--json", description = "One JSON object on standard output.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        if (listMutants) {
            mutants().forEach(mutant -> out.println(mutant.title()));
            return 0;
        }
        SeedSums sums = new SeedSums(first, spec.commandLine().getErr());
        StateFile file = state == null ? null : stateFile(state, sums);
        run(sums, file);
        out.println(told(sums));
        out.flush();
        Totals totals = sums.totals();
        if (totals.failed() != null && file == null) {
            SmallestPlan.of(totals.failed(), mutant())
                    .ifPresent(plan -> spec.commandLine().getErr().println("smallest plan: " + plan));
        }
        return totals.violations() == 0 ? 0 : 1;
    }

    private String told(SeedSums sums) {
        if (state == null) {
            return json
                    ? sums.totals().json(coverage).toString()
                    : sums.totals().text(coverage);
        }
        return json ? sums.json(coverage) : sums.text(coverage);
    }

    private StateFile stateFile(Path path, SeedSums sums) {
        if (mutantName != null) {
            throw new ParameterException(spec.commandLine(), "--state keeps sums of the engine as it is: no --mutant");
        }
        StateFile file = new StateFile(path, DrawnSamples.fingerprint());
        try {
            file.readInto(sums);
        } catch (IOException e) {
            throw new ParameterException(spec.commandLine(), "--state: cannot read " + path + ": " + e.getMessage(), e);
        }
        return file;
    }

    private void run(SeedSums sums, @Nullable StateFile file) throws InterruptedException {
        OptionRange.requireCount(spec, "--threads", threads, 1024);
        if (seeds != null) {
            OptionRange.requireCount(spec, "--seeds", seeds, Integer.MAX_VALUE);
        }
        if (minutes != null) {
            // With a state, a run of no time prints what the earlier ones came to.
            OptionRange.require(spec, "--minutes", minutes, file == null ? 1 : 0, Integer.MAX_VALUE);
        }
        Totals.silenceTheKilled();
        Mutant mutant = mutant();
        RunClock clock = new RunClock(minutes == null ? null : Duration.ofMinutes(minutes));
        BooleanSupplier isOver = () -> clock.isOver() || (mutant != Mutant.NONE && sums.violations() > 0);
        Runnable afterEach = () -> {
            if (file != null && clock.isSaveDue()) {
                save(file, sums);
            }
        };
        long most = seeds != null ? seeds : file == null ? SEEDS : Long.MAX_VALUE;
        new SeedRunner(sums, seed -> Simulation.run(seed, mutant), isOver, afterEach).run(threads, most);
        if (file != null) {
            sums.ran(clock.elapsedMillis());
            save(file, sums);
        }
    }

    private void save(StateFile file, SeedSums sums) {
        try {
            file.write(sums);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file.path(), e);
        }
    }

    private Mutant mutant() {
        if (mutantName == null) {
            return Mutant.NONE;
        }
        String wanted = mutantName.toLowerCase(Locale.ROOT);
        return mutants()
                .filter(mutant -> mutant.title().equals(wanted))
                .findFirst()
                .orElseThrow(() -> new ParameterException(
                        spec.commandLine(), "--mutant: there is no '" + mutantName + "'; see --list-mutants"));
    }

    private static Stream<Mutant> mutants() {
        return Arrays.stream(Mutant.values()).filter(mutant -> mutant != Mutant.NONE);
    }
}
