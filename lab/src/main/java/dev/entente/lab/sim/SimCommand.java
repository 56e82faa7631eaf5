package dev.entente.lab.sim;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
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
        mixinStandardHelpOptions = true)
public final class SimCommand implements Callable<Integer> {
    @Option(names = "--seeds", description = "How many seeds (default: ${DEFAULT-VALUE}).")
    private int seeds = 300;

    @Option(names = "--seed", description = "The first one (default: ${DEFAULT-VALUE}).")
    private long first = 1;

    @Option(names = "--mutant", description = "Breaks one rule; violations are expected then.", paramLabel = "NAME")
    private @Nullable String mutantName;

    @Option(names = "--list-mutants", description = "Lists the rules that can be broken.")
    private boolean listMutants;

    @Option(names = "--json", description = "One JSON object on standard output.")
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
        Totals totals = Totals.run(first, seeds, mutant(), spec.commandLine().getErr());
        out.println(json ? totals.json() : totals.text());
        out.flush();
        if (totals.failed() != null) {
            SmallestPlan.of(totals.failed(), mutant())
                    .ifPresent(plan -> spec.commandLine().getErr().println("smallest plan: " + plan));
        }
        return totals.violations() == 0 ? 0 : 1;
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
