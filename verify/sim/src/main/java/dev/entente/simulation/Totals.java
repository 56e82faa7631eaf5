package dev.entente.simulation;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.google.gson.JsonObject;
import dev.entente.simulation.mutant.Mutant;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * The sums over many seeds.
 *
 * @param failed the first seed that violated a law; null if none did
 */
public record Totals(
        int seeds, int kills, int violations, Held held, Coverage coverage, Simulation.@Nullable Verdict failed) {

    /**
     * The reference's verdict.
     *
     * @param checked seeds of which every transaction was held against it
     * @param accused transactions that broke a rule
     */
    record Held(int checked, int accused) {}

    /**
     * Runs the seeds one after another; with a mutant, until the first violation. What is violated is told on
     * {@code err}.
     */
    static Totals run(long first, int seeds, Mutant mutant, PrintWriter err) {
        silenceTheKilled();
        SeedSums sums = new SeedSums(first, err);
        for (int i = 0; i < seeds && (mutant == Mutant.NONE || sums.violations() == 0); i++) {
            sums.add(Simulation.run(first + i, mutant));
        }
        return sums.totals();
    }

    /** A process that is killed in the middle of its work takes that for a defect, and would say so each time. */
    public static void silenceTheKilled() {
        ((Logger) LoggerFactory.getLogger("dev.entente.server.engine")).setLevel(Level.OFF);
    }

    /**
     * Returns the sums for machines.
     *
     * @param hasTable whether every cell of the table is told
     */
    public JsonObject json(boolean hasTable) {
        JsonObject json = new JsonObject();
        json.addProperty("seeds", seeds);
        json.addProperty("crashes", kills);
        json.addProperty("pairs_hit", coverage.pairsHit());
        json.addProperty("pairs_total", coverage.pairsTotal());
        json.addProperty("transitions_hit", coverage.transitionsHit());
        json.addProperty("transitions_total", coverage.transitionsTotal());
        json.addProperty("plans_distinct", coverage.shapes().size());
        json.addProperty("violations", violations);
        json.addProperty("reference_checked", held.checked());
        json.addProperty("reference_accused", held.accused());
        json.addProperty("cells_total", CrashTable.cells().size());
        json.addProperty("cells_least", coverage.table().least());
        json.addProperty("cells_thin", coverage.table().thin().size());
        json.addProperty("cells_unforeseen", coverage.table().unforeseen().size());
        if (hasTable) {
            json.add("cells", coverage.table().json());
        }
        return json;
    }

    public String text(boolean hasTable) {
        String table = hasTable ? coverage.table().text() + "\n" : "";
        return table + summary();
    }

    private String summary() {
        return ("%d seeds, %d crashes: %d violations. "
                        + "Reached %d of %d crash points and %d of %d transitions; not reached: %s")
                .formatted(
                        seeds,
                        kills,
                        violations,
                        coverage.pairsHit(),
                        coverage.pairsTotal(),
                        coverage.transitionsHit(),
                        coverage.transitionsTotal(),
                        coverage.missing());
    }
}
