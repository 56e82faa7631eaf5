package dev.entente.lab.crash;

import dev.entente.client.Entente;
import dev.entente.lab.judge.Books;
import dev.entente.rig.Playground;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.Shop;
import dev.entente.rig.StreamOption;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Kills the built coordinator with -9 under load, restarts it, and judges by SQL. Exit 0: nothing was lost, nothing
 * contradicts, and the kills hurt; 1: something does not hold.
 *
 * <p>{@code --json} prints {@code {accepted, succeeded, aborted, parked, parked_because:[one per parked],
 * open_at_kill:[one per cycle], open_by_state:{STATE:n}, decision_kills, lost, contradictions, duplicate_effects}}.
 */
@Command(
        name = "crash",
        description = "Kills the coordinator with -9 under load, again and again, and counts what was lost.",
        mixinStandardHelpOptions = true)
public final class CrashCommand implements Callable<Integer> {
    private static final int COMPLAINTS_SHOWN = 20;

    @Option(names = "--cycles", description = "How many kills. Default: ${DEFAULT-VALUE}.", defaultValue = "4")
    private int cycles;

    @Option(names = "--seed", description = "The same load and pauses again; processes are not bound by it.")
    private @Nullable Long seed;

    @Mixin
    private StreamOption stream = new StreamOption();

    @Option(names = "--json", description = "Prints one JSON object.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        long used = seed == null ? new Random().nextInt(1_000_000) : seed;
        System.err.println("seed: " + used);
        Random random = new Random(used);
        try (Playground playground = Playground.open()) {
            Shop shop = playground.startSmallShop();
            RigCoordinator coordinator =
                    playground.startCoordinator("crash", 0, 0, shop.targets(), stream.configuration());
            try (Entente entente = stream.connect(coordinator, shop)) {
                Mix mix = new Mix("crash-", entente, new Books(playground.database()), random);
                System.err.printf(
                        "%d clients submit sagas and TCC transactions; the coordinator is killed %d times and started"
                                + " again%n",
                        mix.clients(), cycles);
                CrashReport report = new CrashRun(
                                mix, entente, coordinator, playground.database(), random, System.err::println)
                        .run(cycles);
                System.out.println(json ? report.toJson() : report.toText());
                return complain(report.complaints(), playground);
            }
        }
    }

    private static int complain(List<String> complaints, Playground playground) {
        System.err.println(complaints.isEmpty() ? "everything holds" : "this does not hold:");
        complaints.stream().limit(COMPLAINTS_SHOWN).forEach(System.err::println);
        if (complaints.size() > COMPLAINTS_SHOWN) {
            System.err.println("... and " + (complaints.size() - COMPLAINTS_SHOWN) + " more");
        }
        if (!complaints.isEmpty()) {
            playground.keepFolder();
            System.err.println("logs of the processes: " + playground.folder() + "; the database ended with the run");
        }
        return complaints.isEmpty() ? 0 : 1;
    }
}
