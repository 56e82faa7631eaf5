package dev.entente.lab.mutation;

import com.google.gson.JsonObject;
import dev.entente.rig.RigVersion;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code entente pit}, once PIT has run: every survivor must stand on the page that explains it. */
@Command(
        name = "pit",
        description =
                "Changes the decider's code in one place after another, runs its tests, and tells which changes none"
                    + " of them notices. Exit 1 if one of these is not explained in docs/mutation.md, or too few are"
                    + " noticed.",
        mixinStandardHelpOptions = true,
        versionProvider = RigVersion.class)
public final class PitCommand implements Callable<Integer> {
    private static final int KILLED_PERCENT = 85;

    @Option(
            names = "--report",
            description = "PIT's mutations.xml (default: that of the last run).",
            paramLabel = "FILE")
    private Path report = home().resolve("core/target/pit-reports/mutations.xml");

    @Option(
            names = "--list",
            description = "Page that explains survivors (default: docs/mutation.md).",
            paramLabel = "FILE")
    private Path list = home().resolve("docs/mutation.md");

    @Option(names = "--json", description = "One JSON object on standard output.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    private static Path home() {
        return Path.of(System.getProperty("entente.home", "."));
    }

    @Override
    public Integer call() throws IOException {
        List<CodeMutant> mutants = MutationReport.read(report);
        SurvivorList survivors = SurvivorList.read(list);
        List<CodeMutant> unexplained = survivors.unexplained(mutants);
        long killed = mutants.stream().filter(CodeMutant::isKilled).count();
        PrintWriter err = spec.commandLine().getErr();
        unexplained.forEach(mutant ->
                err.println("not explained: " + mutant.name() + ", line " + mutant.line() + ": " + mutant.change()));
        survivors.stale(mutants).forEach(entry -> err.println("listed in vain: " + entry));
        boolean isEnough = killed * 100 >= (long) KILLED_PERCENT * mutants.size();
        PrintWriter out = spec.commandLine().getOut();
        out.println(
                json
                        ? json(mutants.size(), killed, unexplained.size())
                        : text(mutants.size(), killed, unexplained.size()));
        out.flush();
        return isEnough && unexplained.isEmpty() ? 0 : 1;
    }

    private static String json(int mutants, long killed, int unexplained) {
        JsonObject json = new JsonObject();
        json.addProperty("mutants", mutants);
        json.addProperty("killed", killed);
        json.addProperty("killed_percent", percent(killed, mutants));
        json.addProperty("explained", mutants - killed - unexplained);
        json.addProperty("unexplained", unexplained);
        return json.toString();
    }

    private static String text(int mutants, long killed, int unexplained) {
        return "%d mutants, %d killed (%.1f %%, %d wanted), %d survivors explained, %d not"
                .formatted(
                        mutants,
                        killed,
                        percent(killed, mutants),
                        KILLED_PERCENT,
                        mutants - killed - unexplained,
                        unexplained);
    }

    private static double percent(long killed, int mutants) {
        return mutants == 0 ? 0 : Math.round(killed * 1000.0 / mutants) / 10.0;
    }
}
