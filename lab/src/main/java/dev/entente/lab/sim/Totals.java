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
     * @param accused transactions that broke a rule which is not kept yet
     */
    record Held(int checked, int accused) {}

    private static final int SHOWN = 20;

    /** Runs the seeds one after another; with a mutant, until the first violation. What is violated is told on {@code err}. */
    static Totals run(long first, int seeds, Mutant mutant, PrintWriter err) {
        silenceTheKilled();
        Coverage coverage = new Coverage();
        int kills = 0;
        int violations = 0;
        int checked = 0;
        int accused = 0;
        int run = 0;
        Simulation.Verdict failed = null;
        while (run < seeds && (mutant == Mutant.NONE || violations == 0)) {
            Simulation.Verdict verdict = Simulation.run(first + run, mutant);
            run++;
            kills += verdict.kills();
            coverage.add(verdict.coverage());
            failed = failed == null && !verdict.violations().isEmpty() ? verdict : failed;
            checked += verdict.checked().isWhole() ? 1 : 0;
            for (String accusation : verdict.checked().accusations()) {
                if (accused++ < SHOWN) {
                    err.println("seed " + verdict.seed() + ", not kept yet: " + accusation);
                }
            }
            for (String violation : verdict.violations()) {
                if (violations++ < SHOWN) {
                    err.println("seed " + verdict.seed() + ": " + violation);
                    err.flush();
                }
            }
        }
        return new Totals(run, kills, violations, new Held(checked, accused), coverage, failed);
    }

    /** A process that is killed in the middle of its work takes that for a defect, and would say so each time. */
    static void silenceTheKilled() {
        ((Logger) LoggerFactory.getLogger("dev.entente.server.engine")).setLevel(Level.OFF);
    }

    String json() {
        return ("{\"seeds\":%d,\"crashes\":%d,\"pairs_hit\":%d,\"pairs_total\":%d,\"transitions_hit\":%d,"
                        + "\"transitions_total\":%d,\"plans_distinct\":%d,\"violations\":%d,"
                        + "\"reference_checked\":%d,\"reference_accused\":%d}")
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
                        held.accused());
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
