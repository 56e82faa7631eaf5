package dev.entente.torture;

import dev.entente.rig.OptionRange;
import dev.entente.rig.RigVersion;
import dev.entente.torture.inject.Fault;
import dev.entente.torture.inject.FaultSchedule;
import dev.entente.torture.machine.TortureRig;
import dev.entente.torture.mutants.FaultlessEvidence;
import dev.entente.torture.mutants.Mutants;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * A run of coordinators under load with faults of all kinds, on a timeline drawn from a seed, and with checks at the
 * end. Exit 0: no violation; 1: a violation; 2: wrong usage.
 *
 * <p>{@code --json} prints {@code {seed, commit, seconds, coordinators, faults:[{at_ms, class, target, lasted_ms,
 * answered, recovery_ms}], accepted, ended, parked, parked_because:{REASON:n}, outcomes:{"PATTERN STANDING":n},
 * violations:[], answered_ratio, recovery_ms:{p50, p99, max}, classes:{CLASS:{faults, answered_ratio, p50_ms, p99_ms}},
 * unread, calls, effects, reference_checked, previews:{states, took_effect, idle, refused, moved, put_off, awaited,
 * calls, lies}}}. With {@code --alone} it prints {@code {seed, commit, classes:{CLASS:{faults, submits, answered_ratio,
 * answered_again_ms, recovery_ms, after_ms, reported_ms, unended}}, violations:[]}}. With {@code --mutants} it prints
 * {@code {mutants, caught, missed:[], false_alarms:[]}}, and exit 0 means that each mutant was reported.
 */
@Command(
        name = "torture",
        description = "Kills, stops, isolates and disturbs coordinators, participants and databases under load, and"
                + " checks the results from outside.",
        mixinStandardHelpOptions = true,
        versionProvider = RigVersion.class)
public final class Torture implements Callable<Integer> {
    /** The number of coordinators for {@code --alone}. */
    private static final int ALL_OF_THEM = 3;

    /** Long enough for all evidence that mutants falsify: each kind of transaction, with each final state. */
    private static final Duration QUIET = Duration.ofSeconds(60);

    /** A low rate per second, so that the transactions succeed on a busy machine, too. */
    private static final int QUIET_RATE = 10;

    private static final String UPGRADE = Fault.Kind.UPGRADE.title();

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--seconds",
            description = "The duration of fault injection. Default: ${DEFAULT-VALUE}.",
            defaultValue = "45")
    private int seconds;

    @Option(
            names = "--coordinators",
            description = "The number of coordinators on one database. Default: ${DEFAULT-VALUE}.",
            defaultValue = "2")
    private int coordinators;

    @Option(names = "--seed", description = "The seed of load and timeline; the timing of processes still varies.")
    private @Nullable Long seed;

    @Option(
            names = "--rate",
            description = "Transactions begun per second. Default: ${DEFAULT-VALUE}.",
            defaultValue = "25")
    private int rate;

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "CLASS",
            description = "Injects only these classes of faults, by name or prefix, for example"
                    + " kill,failover,line-database.")
    private List<String> only = List.of();

    @Option(
            names = "--mutants",
            description =
                    "Tests the checkers instead: falsifies the evidence of a run without faults in each way that a"
                            + " checker must report.")
    private boolean mutants;

    @Option(
            names = "--alone",
            description = "Measures the cost of each class: injects one fault at a time and lets everything recover in"
                    + " between, with three coordinators and clients that know all three.")
    private boolean alone;

    @Option(
            names = "--class",
            split = ",",
            paramLabel = "CLASS",
            description = "With --alone: only these classes, by name or prefix.")
    private List<String> classes = List.of();

    @Option(
            names = "--rounds",
            description = "With --alone: the number of faults per class. Default: ${DEFAULT-VALUE}.",
            defaultValue = "1")
    private int rounds;

    @Option(
            names = "--previous-jar",
            paramLabel = "FILE",
            description = "The server that coordinators run until the upgrade. Default:"
                    + " target/previous/entente-server.jar, if ./entente previous-jar has built it; otherwise the"
                    + " current server.")
    private @Nullable Path previousJar;

    @Option(
            names = "--open-limit",
            paramLabel = "N",
            description =
                    "The limit of open transactions in a coordinator's memory (limits.open): a participant that hangs"
                            + " fills its share of a low limit at once. Default: the coordinator's default.")
    private @Nullable Integer openLimit;

    @Option(
            names = "--previews",
            paramLabel = "N",
            description = "The number of distinct states in which random operations are compared with their previews,"
                    + " after the checks: states that the run left, and states of a later load. Default:"
                    + " ${DEFAULT-VALUE}.",
            defaultValue = "0")
    private int previews;

    @Option(names = "--json", description = "Prints one JSON object.")
    private boolean json;

    Torture() {}

    /** Runs the command line on {@code args} and ends the process with its exit code. */
    public static void main(String[] args) {
        System.setProperty("logback.configurationFile", "tool-logback.xml");
        System.exit(new CommandLine(new Torture()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        refuseUselessNumbers();
        long used = seed == null ? new Random().nextInt(1_000_000) : seed;
        if (mutants) {
            return tryMutants(used);
        }
        if (alone) {
            return measureAlone(used);
        }
        Optional<String> unknown = only.stream().filter(this::isUnknown).findFirst();
        if (unknown.isPresent()) {
            System.err.println("no class of faults has the name or prefix '" + unknown.get() + "'; use: "
                    + String.join(", ", Fault.all().stream().map(Fault::title).toList()));
            return CommandLine.ExitCode.USAGE;
        }
        if (previous() == null && only.equals(List.of(UPGRADE))) {
            System.err.println("no earlier server to upgrade from; build one with ./entente previous-jar");
            return CommandLine.ExitCode.USAGE;
        }
        Duration length = Duration.ofSeconds(seconds);
        FaultSchedule timeline = FaultSchedule.draw(used, length, this::isWanted);
        System.err.printf(
                "seed %d: %d coordinators, %d s, %d faults planned%n",
                used, coordinators, seconds, timeline.faults().size());
        try (TortureRig rig = TortureRig.open(coordinators, options(used), previous())) {
            Run run = new Run(rig, used, rate, System.err::println);
            return RunFindings.report(rig, json, () -> run.run(timeline, length, previews));
        }
    }

    private void refuseUselessNumbers() {
        OptionRange.requireSeconds(spec, "--seconds", seconds, 1);
        OptionRange.requireCount(spec, "--coordinators", coordinators, 32);
        OptionRange.requireCount(spec, "--rate", rate, 100_000);
        OptionRange.requireCount(spec, "--rounds", rounds, 1000);
        if (openLimit != null) {
            OptionRange.requireCount(spec, "--open-limit", openLimit, Integer.MAX_VALUE);
        }
    }

    private @Nullable Path previous() {
        String home = System.getProperty("entente.home");
        Path built = home == null ? null : Path.of(home, "target", "previous", "entente-server.jar");
        boolean isBuilt = previousJar == null && built != null && Files.isRegularFile(built);
        return isBuilt ? built : previousJar;
    }

    private boolean isWanted(String title) {
        boolean isPossible = !title.equals(UPGRADE) || previous() != null;
        return isPossible && (only.isEmpty() || only.stream().anyMatch(title::startsWith));
    }

    private boolean isUnknown(String wanted) {
        return Fault.all().stream().noneMatch(fault -> fault.title().startsWith(wanted));
    }

    private int measureAlone(long used) throws Exception {
        List<IsolatedFaults> wanted = IsolatedFaults.wanted(classes);
        if (wanted.isEmpty()) {
            System.err.println("no class has the name or prefix " + String.join(", ", classes) + "; use: "
                    + String.join(
                            ", ",
                            IsolatedFaults.wanted(List.of()).stream()
                                    .map(IsolatedFaults::title)
                                    .toList()));
            return CommandLine.ExitCode.USAGE;
        }
        try (TortureRig rig = TortureRig.open(ALL_OF_THEM, options(used), null)) {
            IsolatedFaultRun alone = new IsolatedFaultRun(rig, used, rate, System.err::println);
            return RunFindings.report(rig, json, () -> alone.run(wanted, rounds));
        }
    }

    private int tryMutants(long used) throws Exception {
        FaultlessEvidence good;
        try (TortureRig rig = TortureRig.open(1, options(used), null)) {
            good = RunFindings.keepIfBroken(
                    rig, () -> new Run(rig, used, QUIET_RATE, System.err::println).quiet(QUIET));
        }
        Mutants all = Mutants.all(good, System.err::println);
        System.out.println(
                json
                        ? all.toJson()
                        : "%d mutants, %d missed"
                                .formatted(all.mutants().size(), all.missed().size()));
        all.missed().forEach(missed -> System.err.println("not reported: " + missed));
        all.falseAlarms().forEach(alarm -> System.err.println("reported for correct evidence: " + alarm));
        return all.holds() ? 0 : 1;
    }

    /** Sets a short lease, so that a run has many takeovers; calls over streams for every odd seed. */
    private Map<String, String> options(long seed) {
        Map<String, String> options = new TreeMap<>();
        if (openLimit != null) {
            options.put("limits.open", openLimit.toString());
        }
        options.put("lease", "3s");
        options.put("calls.stream", seed % 2 == 0 ? "off" : "on");
        return options;
    }
}
