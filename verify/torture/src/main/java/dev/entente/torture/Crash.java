package dev.entente.torture;

import dev.entente.rig.OptionRange;
import dev.entente.rig.RigVersion;
import dev.entente.rig.StreamOption;
import dev.entente.torture.machine.TortureRig;
import java.util.Random;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * A torture run with kills only, at critical moments. It kills the single coordinator with -9 under torture's load,
 * restarts it, and lets torture's checkers verify the run. {@code --stream on} sends calls and submits over streams.
 * Exit 0: all checks passed, so there is no loss and no contradiction; 1: a check failed.
 *
 * <p>{@code --json} prints {@code {accepted, succeeded, aborted, parked, parked_because:[one per parked],
 * open_at_kill:[one per cycle], open_by_state:{STATE:n}, decision_kills, lost, contradictions, duplicate_effects}}.
 */
@Command(
        name = "entente crash",
        description = "Kills the coordinator with -9 under load, repeatedly, and counts losses and contradictions.",
        mixinStandardHelpOptions = true,
        versionProvider = RigVersion.class)
public final class Crash implements Callable<Integer> {
    /** Transactions begun per second: hundreds are open if the coordinator is unavailable for some seconds. */
    private static final int RATE = 100;

    @Spec
    private CommandSpec spec;

    @Option(names = "--cycles", description = "The number of kills. Default: ${DEFAULT-VALUE}.", defaultValue = "4")
    private int cycles;

    @Option(names = "--seed", description = "The seed of load and pauses; the timing of processes still varies.")
    private @Nullable Long seed;

    @Mixin
    private StreamOption stream = new StreamOption();

    @Option(names = "--json", description = "Prints one JSON object.")
    private boolean json;

    Crash() {}

    /** Runs the command line on {@code args} and ends the process with its exit code. */
    public static void main(String[] args) {
        System.setProperty("logback.configurationFile", "tool-logback.xml");
        System.exit(new CommandLine(new Crash())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(args));
    }

    @Override
    public Integer call() throws Exception {
        OptionRange.requireCount(spec, "--cycles", cycles, 1000);
        long used = seed == null ? new Random().nextInt(1_000_000) : seed;
        System.err.println("seed: " + used);
        try (TortureRig rig = TortureRig.open(1, stream.configuration(), null)) {
            System.err.printf(
                    "%d transactions of all patterns begin each second; the coordinator is killed %d times and"
                            + " restarted%n",
                    RATE, cycles);
            Run run = new Run(rig, used, RATE, System.err::println);
            return RunFindings.report(rig, json, () -> run.kill(cycles, stream));
        }
    }
}
