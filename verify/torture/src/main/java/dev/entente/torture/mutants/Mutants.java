package dev.entente.torture.mutants;

import dev.entente.rig.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The result of a test of the checkers with mutants.
 *
 * @param mutants all names
 * @param missed mutants that no checker reported as required, or for which the run has no evidence
 * @param falseAlarms findings about the good run
 */
public record Mutants(List<String> mutants, List<String> missed, List<String> falseAlarms) {
    /**
     * Tries all mutants. Blocks for about a minute.
     *
     * @param progress gets a line for each mutant
     */
    public static Mutants all(FaultlessEvidence good, Consumer<String> progress) {
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

    /** Returns whether every mutant was reported, and the good run has no finding. */
    public boolean holds() {
        return missed.isEmpty() && falseAlarms.isEmpty();
    }

    /** Returns {@code {mutants, caught, missed:[], false_alarms:[]}}. */
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
