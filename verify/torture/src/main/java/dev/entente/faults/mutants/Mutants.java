package dev.entente.faults.mutants;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.entente.faults.check.Checker;
import dev.entente.faults.check.Evidence;
import dev.entente.faults.check.Violation;
import dev.entente.simulation.RunRecording;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The result of a test of the checker with mutants.
 *
 * @param mutants all names: lies in ledgers first, then broken engines
 * @param missed those that it did not report
 * @param falseAlarms what it reported of good runs
 */
public record Mutants(List<String> mutants, List<String> missed, List<String> falseAlarms) {
    private static final int SEEDS = 3000;
    private static final int GOOD_SEEDS = 600;
    private static final Gson PRETTY =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    /**
     * Tries all of them. Blocks, for a minute or so.
     *
     * @param good evidence of a run in which nothing went wrong; what it has nothing to spoil for is done to simulated
     *     runs
     * @param accused what the reference said of that run
     * @param seed which simulated runs are good ones: {@value #GOOD_SEEDS} of them from that many times the seed on
     * @param progress told a line for each
     */
    public static Mutants all(Evidence good, List<String> accused, long seed, Consumer<String> progress) {
        List<String> names = new ArrayList<>();
        List<String> missed = new ArrayList<>();
        List<String> falseAlarms = new ArrayList<>(accused);
        Checker.judge(good).forEach(violation -> falseAlarms.add(violation.toString()));
        List<LedgerMutant> left = new ArrayList<>();
        for (LedgerMutant mutant : LedgerMutant.all()) {
            names.add(name(mutant));
            if (mutant.canSpoil(good)) {
                note(name(mutant), mutant.isCaught(good) ? "caught" : "", missed, progress);
            } else {
                left.add(mutant);
            }
        }
        for (long number = 0; number < GOOD_SEEDS; number++) {
            long one = seed * GOOD_SEEDS + number;
            RunRecording tape =
                    number % 4 == 0 ? RunRecording.recordKilledAtFlush(one) : RunRecording.record(one, null);
            Evidence simulated = SimulatedEvidence.of(tape);
            for (Violation violation : Checker.judge(simulated)) {
                falseAlarms.add("simulated seed " + one + ": " + violation);
            }
            spoil(left, simulated, "with seed " + one, missed, progress);
        }
        left.forEach(mutant -> note(name(mutant), "", missed, progress));
        for (String engine : RunRecording.mutants()) {
            String name = "engine:" + engine;
            names.add(name);
            note(name, search(engine), missed, progress);
        }
        return new Mutants(names, missed, falseAlarms);
    }

    private static String name(LedgerMutant mutant) {
        return "ledger:" + mutant.name();
    }

    /** Does to it what could not be done before; each once. */
    private static void spoil(
            List<LedgerMutant> left, Evidence simulated, String where, List<String> missed, Consumer<String> progress) {
        left.removeIf(mutant -> {
            boolean canSpoil = mutant.canSpoil(simulated);
            if (canSpoil) {
                note(name(mutant), mutant.isCaught(simulated) ? where : "", missed, progress);
            }
            return canSpoil;
        });
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
            List<Violation> violations = Checker.judge(SimulatedEvidence.of(RunRecording.record(seed, engine)));
            if (!violations.isEmpty()) {
                return "with seed " + seed + ": " + violations.getFirst();
            }
        }
        return "";
    }

    /** Tells whether each was reported, and nothing of good runs. */
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
