package dev.entente.faults.mutants;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.entente.faults.check.Checker;
import dev.entente.faults.check.Evidence;
import dev.entente.faults.check.Violation;
import dev.entente.lab.sim.Tape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Whether the checker notices what it must.
 *
 * @param mutants all names: lies in ledgers first, then broken engines
 * @param missed those that it did not report
 * @param falseAlarms what it reported of good runs
 */
public record Mutants(List<String> mutants, List<String> missed, List<String> falseAlarms) {
    private static final int SEEDS = 500;
    private static final int GOOD_SEEDS = 300;
    private static final Gson PRETTY =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    /**
     * Tries all of them. Blocks, for a minute or so.
     *
     * @param good evidence of a run in which nothing went wrong
     * @param progress told a line for each
     */
    public static Mutants all(Evidence good, Consumer<String> progress) {
        List<String> names = new ArrayList<>();
        List<String> missed = new ArrayList<>();
        List<String> falseAlarms = new ArrayList<>();
        Checker.judge(good).forEach(violation -> falseAlarms.add(violation.toString()));
        for (LedgerMutant mutant : LedgerMutant.all()) {
            String name = "ledger:" + mutant.name();
            names.add(name);
            note(name, mutant.isCaught(good) ? "caught" : "", missed, progress);
        }
        for (long seed = 1; seed <= GOOD_SEEDS; seed++) {
            for (Violation violation : Checker.judge(SimulatedEvidence.of(Tape.record(seed, null)))) {
                falseAlarms.add("seed " + seed + ": " + violation);
            }
        }
        for (String engine : Tape.mutants()) {
            String name = "engine:" + engine;
            names.add(name);
            note(name, search(engine), missed, progress);
        }
        return new Mutants(names, missed, falseAlarms);
    }

    private static void note(String name, String found, List<String> missed, Consumer<String> progress) {
        progress.accept((found.isEmpty() ? "MISSED " : "caught ") + name + (found.length() > 6 ? " " + found : ""));
        if (found.isEmpty()) {
            missed.add(name);
        }
    }

    /** The first seed that gives it away, and how; empty if none does. */
    private static String search(String engine) {
        for (long seed = 1; seed <= SEEDS; seed++) {
            List<Violation> violations = Checker.judge(SimulatedEvidence.of(Tape.record(seed, engine)));
            if (!violations.isEmpty()) {
                return "with seed " + seed + ": " + violations.getFirst();
            }
        }
        return "";
    }

    /** Whether each was reported, and nothing of good runs. */
    public boolean holds() {
        return missed.isEmpty() && falseAlarms.isEmpty();
    }

    /** {@code {mutants, caught, missed:[], false_alarms:[]}}. */
    public String toJson() {
        JsonObject json = new JsonObject();
        json.addProperty("mutants", mutants.size());
        json.addProperty("caught", mutants.size() - missed.size());
        json.add("missed", array(missed));
        json.add("false_alarms", array(falseAlarms));
        return PRETTY.toJson(json);
    }

    private static JsonArray array(List<String> values) {
        JsonArray array = new JsonArray();
        values.forEach(array::add);
        return array;
    }
}
