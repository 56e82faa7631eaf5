package dev.entente.torture.mutants;

import dev.entente.rig.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The result of a test of the judges with mutants.
 *
 * @param mutants all names
 * @param missed those that no judge reported as it must, or that the run had nothing for
 * @param falseAlarms what was reported of the good run
 */
public record Mutants(List<String> mutants, List<String> missed, List<String> falseAlarms) {
    /**
     * Tries all of them. Blocks, for a minute or so.
     *
     * @param progress told a line for each
     */
    public static Mutants all(Good good, Consumer<String> progress) {
        List<String> names = new ArrayList<>();
        List<String> missed = new ArrayList<>();
        for (LedgerMutant mutant : LedgerMutant.all()) {
            names.add(mutant.name());
            String end = !mutant.canSpoil(good) ? "ABSENT" : mutant.isCaught(good) ? "caught" : "MISSED";
            progress.accept(end + " " + mutant.name());
            if (!end.equals("caught")) {
                missed.add(mutant.name());
            }
        }
        return new Mutants(names, missed, good.judged(good.evidence()));
    }

    /** Tells whether each was reported, and nothing of the good run. */
    public boolean holds() {
        return missed.isEmpty() && falseAlarms.isEmpty();
    }

    /** {@code {mutants, caught, missed:[], false_alarms:[]}}. */
    public String toJson() {
        return Json.pretty(Json.object(
                "mutants",
                mutants.size(),
                "caught",
                mutants.size() - missed.size(),
                "missed",
                missed,
                "false_alarms",
                falseAlarms));
    }
}
