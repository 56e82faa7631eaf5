package dev.entente.simulation.command;

import dev.entente.rig.OptionRange;
import dev.entente.rig.RigVersion;
import dev.entente.simulation.SeedTotals;
import dev.entente.simulation.mutant.Mutant;
import java.io.PrintWriter;
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

/** {@code entente sim}: runs the complete engine on virtual time, with kills at every step. */
@Command(
        name = "sim",
        description = "Runs the engine on virtual time, seed by seed, and checks the laws. Exit 1: a law is violated.",
        mixinStandardHelpOptions = true,
        versionProvider = RigVersion.class)
public final class SimCommand implements Callable<Integer> {
    private static final int SEEDS = 300;

    @Option(names = "--seeds", description = "The number of seeds (default: 300; with --minutes: no limit).")
    private @Nullable Integer seeds;

    @Option(names = "--seed", description = "The first seed (default: ${DEFAULT-VALUE}).")
    private long first = 1;

    @Option(names = "--minutes", description = "Ends after M minutes.", paramLabel = "M")
    private @Nullable Integer minutes;

    @Option(names = "--threads", description = "Concurrent seeds (default: ${DEFAULT-VALUE}).", paramLabel = "T")
    private int threads = 1;

    @Option(names = "--mutant", description = "Breaks one rule; violations are expected.", paramLabel = "NAME")
    private @Nullable String mutantName;

    @Option(names = "--list-mutants", description = "Lists the rules that can be broken.")
    private boolean listMutants;

    @Option(names = "--json", description = "Prints one JSON object instead of a sentence.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        if (listMutants) {
            mutants().forEach(mutant -> out.println(mutant.title()));
            return 0;
        }
        OptionRange.requireCount(spec, "--threads", threads, 1024);
        if (seeds != null) {
            OptionRange.requireCount(spec, "--seeds", seeds, Integer.MAX_VALUE);
        }
        if (minutes != null) {
            OptionRange.requireCount(spec, "--minutes", minutes, Integer.MAX_VALUE);
        }
        long most = seeds != null ? seeds : minutes == null ? SEEDS : Integer.MAX_VALUE;
        SeedTotals totals = SeedTotals.run(
                first, most, threads, mutant(), isOver(), spec.commandLine().getErr());
        out.println(json ? totals.json() : totals);
        out.flush();
        return totals.violations() == 0 ? 0 : 1;
    }

    private BooleanSupplier isOver() {
        if (minutes == null) {
            return () -> false;
        }
        long end = System.nanoTime() + Duration.ofMinutes(minutes).toNanos();
        return () -> System.nanoTime() - end >= 0;
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
                        spec.commandLine(), "--mutant: no mutant '" + mutantName + "'; see --list-mutants"));
    }

    private static Stream<Mutant> mutants() {
        return Arrays.stream(Mutant.values()).filter(mutant -> mutant != Mutant.NONE);
    }
}
