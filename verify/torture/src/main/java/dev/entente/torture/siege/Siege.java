package dev.entente.torture.siege;

import dev.entente.rig.Json;
import dev.entente.rig.OptionRange;
import dev.entente.rig.RigVersion;
import dev.entente.torture.siege.attack.Attack;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * A run of all attacks of {@link Attack#all} on a coordinator, one after another, while a good client works. Exit 0:
 * all checks passed; 1: a check failed; 2: wrong usage.
 *
 * <p>{@code --json} prints {@code {ok, seconds, attacks:[{name, held, tries, rss_ratio, lease_lost, complaints:[]}]}}.
 */
@Command(
        name = "siege",
        description = "Attacks a coordinator with hostile responses and plans, while a good client works.",
        mixinStandardHelpOptions = true,
        versionProvider = RigVersion.class)
public final class Siege implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--seconds", description = "The time per attack. Default: ${DEFAULT-VALUE}.", defaultValue = "8")
    private int seconds;

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "ATTACK",
            description = "Only these attacks, by name or prefix, for example hostile,forbidden.")
    private List<String> only = List.of();

    @Option(names = "--json", description = "Prints one JSON object.")
    private boolean json;

    Siege() {}

    /** Runs the command line on {@code args} and ends the process with its exit code. */
    public static void main(String[] args) {
        System.setProperty("logback.configurationFile", "tool-logback.xml");
        System.exit(new CommandLine(new Siege()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        OptionRange.requireSeconds(spec, "--seconds", seconds, 1);
        List<Attack> wanted = Attack.all().stream()
                .filter(attack -> only.isEmpty() || only.stream().anyMatch(attack.name()::startsWith))
                .toList();
        if (wanted.isEmpty()) {
            System.err.println("no attack has the name or prefix " + String.join(", ", only) + "; use: "
                    + String.join(", ", Attack.all().stream().map(Attack::name).toList()));
            return CommandLine.ExitCode.USAGE;
        }
        try (AttackedNode attackedNode = AttackedNode.start()) {
            List<AttackReport> reports =
                    new Campaign(attackedNode, Duration.ofSeconds(seconds), System.err::println).run(wanted);
            boolean isHeld =
                    reports.stream().allMatch(report -> report.complaints().isEmpty());
            System.out.println(json ? toJson(isHeld, reports) : isHeld ? "all checks passed" : "a check failed");
            if (!isHeld) {
                attackedNode.keepFolder();
                System.err.println("logs of the processes: " + attackedNode.folder());
            }
            return isHeld ? 0 : 1;
        }
    }

    private String toJson(boolean isHeld, List<AttackReport> reports) {
        return Json.pretty(Json.object(
                "ok",
                isHeld,
                "seconds",
                seconds,
                "attacks",
                reports.stream().map(AttackReport::toJson).toList()));
    }
}
