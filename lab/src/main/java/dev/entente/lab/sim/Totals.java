package dev.entente.lab.sim;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * The sums over many seeds.
 *
 * @param failed the first seed that violated a law; null if none did
 */
record Totals(int seeds, int kills, int violations, Held held, Coverage coverage, Simulation.@Nullable Verdict failed) {

    /**
     * What the reference says.
     *
     * @param checked seeds of which every transaction was held against it
     * @param accused transactions that broke a rule
     */
    record Held(int checked, int accused) {}

    /** Runs the seeds one after another; with a mutant, until the first violation. What is violated is told on {@code err}. */
    static Totals run(long first, int seeds, Mutant mutant, PrintWriter err) {
        silenceTheKilled();
        SeedSums sums = new SeedSums(first, err);
        for (int i = 0; i < seeds && (mutant == Mutant.NONE || sums.violations() == 0); i++) {
            sums.add(Simulation.run(first + i, mutant));
        }
        return sums.totals();
    }

    /** A process that is killed in the middle of its work takes that for a defect, and would say so each time. */
    static void silenceTheKilled() {
        ((Logger) LoggerFactory.getLogger("dev.entente.server.engine")).setLevel(Level.OFF);
    }

    String json() {
        return json("");
    }

    /** @param more fields, each with a comma before it */
    String json(String more) {
        return ("{\"seeds\":%d,\"crashes\":%d,\"pairs_hit\":%d,\"pairs_total\":%d,\"transitions_hit\":%d,"
                        + "\"transitions_total\":%d,\"plans_distinct\":%d,\"violations\":%d,"
                        + "\"reference_checked\":%d,\"reference_accused\":%d%s}")
                .formatted(
                        seeds,
                        kills,
                        coverage.pairsHit(),
                        coverage.pairsTotal(),
                        coverage.transitionsHit(),
                        coverage.transitionsTotal(),
                        coverage.shapes().size(),
                        violations,
                        held.checked(),
                        held.accused(),
                        more);
    }

    String text() {
        return "%d seeds, %d crashes: %d violations. Reached %d of %d crash points and %d of %d transitions; not reached: %s"
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
