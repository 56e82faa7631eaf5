package dev.entente.torture.fuzz;

import dev.entente.rig.OptionRange;
import dev.entente.rig.Playground;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.RigVersion;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Bad input to the built coordinator. Exit 0: every input was refused with a code or did no harm, nothing was stored,
 * and the memory stayed within its limit; 1: a check failed.
 *
 * <p>{@code --json} prints {@code {inputs, untyped, persisted, rss_mb_max, typed, answered, by_kind:{KIND:n},
 * by_code:{ENT-nnn:n}, rpcs, seconds, seed}}.
 */
@Command(
        name = "fuzz",
        description =
                "Sends bad input to every method of a coordinator, and counts inputs that are not refused properly.",
        mixinStandardHelpOptions = true,
        versionProvider = RigVersion.class)
public final class FuzzCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--seconds", description = "The duration. Default: ${DEFAULT-VALUE}.", defaultValue = "30")
    private int seconds;

    @Option(names = "--inputs", paramLabel = "N", description = "The maximum number of inputs. Default: no limit.")
    private @Nullable Integer inputs;

    @Option(names = "--seed", description = "The seed of the inputs; their order on the server still varies.")
    private @Nullable Long seed;

    @Option(names = "--json", description = "Prints one JSON object.")
    private boolean json;

    /** Runs the command and ends the process with its exit code. */
    public static void main(String[] args) {
        System.setProperty("logback.configurationFile", "tool-logback.xml");
        System.exit(new CommandLine(new FuzzCommand()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        OptionRange.requireSeconds(spec, "--seconds", seconds, 1);
        int most = inputs == null ? Integer.MAX_VALUE : inputs;
        OptionRange.requireCount(spec, "--inputs", most, Integer.MAX_VALUE);
        long used = seed == null ? new Random().nextInt(1_000_000) : seed;
        System.err.println("seed: " + used);
        try (Playground playground = Playground.open()) {
            // No participant and no address is configured: even an otherwise valid plan cannot be accepted.
            RigCoordinator coordinator = playground.startCoordinator("fuzz", 0, 0, Map.of(), Map.of());
            FuzzReport report = new FuzzRun(playground, coordinator).run(Duration.ofSeconds(seconds), most, used);
            System.out.println(json ? report.toJson() : report.toText());
            return complain(report.complaints(), playground);
        }
    }

    private static int complain(List<String> complaints, Playground playground) {
        System.err.println(complaints.isEmpty() ? "all checks passed" : "failed checks:");
        complaints.forEach(System.err::println);
        if (!complaints.isEmpty()) {
            playground.keepFolder();
            System.err.println("the coordinator's log: " + playground.folder());
        }
        return complaints.isEmpty() ? 0 : 1;
    }
}
