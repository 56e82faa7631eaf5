package dev.entente.simulation;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.entente.rig.Json;
import dev.entente.simulation.mutant.Mutant;
import java.io.PrintWriter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** The sums over a sequence of seeds. */
public final class SeedTotals {
    private static final int SHOWN = 20;

    private final PrintWriter err;
    private final Coverage coverage = new Coverage();
    private int seeds;
    private int kills;
    private int violations;
    private int previews;
    private int transactions;
    private final Set<UUID> plans = new HashSet<>();
    private @Nullable Long failedSeed;

    private SeedTotals(PrintWriter err) {
        this.err = err;
    }

    /**
     * Runs seeds, several at once; with a mutant, until the first violation. Violations are printed in the order of the
     * seeds.
     *
     * @param isOver checked before each seed
     * @param err the output for violations
     */
    public static SeedTotals run(
            long first, long seeds, int threads, Mutant mutant, BooleanSupplier isOver, PrintWriter err) {
        silenceTheKilled();
        SeedTotals totals = new SeedTotals(err);
        Deque<Future<Simulation.Verdict>> ahead = new ArrayDeque<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            for (long i = 0; i < seeds && !isOver.getAsBoolean() && !totals.isEnough(mutant); i++) {
                long seed = first + i;
                ahead.add(pool.submit(() -> Simulation.run(seed, mutant)));
                if (ahead.size() >= threads) {
                    totals.add(ahead.remove());
                }
            }
            ahead.forEach(totals::add);
        }
        return totals;
    }

    /** Switches off the engine's log, because a process killed during its work would report each kill as a defect. */
    static void silenceTheKilled() {
        ((Logger) LoggerFactory.getLogger("dev.entente.server.engine")).setLevel(Level.OFF);
    }

    private boolean isEnough(Mutant mutant) {
        return mutant != Mutant.NONE && violations > 0;
    }

    private void add(Future<Simulation.Verdict> run) {
        try {
            add(run.get());
        } catch (ExecutionException e) {
            throw new IllegalStateException("a simulation failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private void add(Simulation.Verdict verdict) {
        seeds++;
        kills += verdict.kills();
        previews += verdict.previews();
        transactions += verdict.plans().size();
        plans.addAll(verdict.plans());
        coverage.add(verdict.coverage());
        for (String violation : verdict.violations()) {
            failedSeed = failedSeed == null ? (Long) verdict.seed() : failedSeed;
            if (violations++ < SHOWN) {
                err.println("seed " + verdict.seed() + ": " + violation);
                err.flush();
            }
        }
    }

    public int violations() {
        return violations;
    }

    /** Returns the first seed that violated a law; null if none did. */
    @Nullable
    Long failedSeed() {
        return failedSeed;
    }

    int kills() {
        return kills;
    }

    /** Returns the number of operations that were compared with their previews. */
    int previews() {
        return previews;
    }

    Coverage coverage() {
        return coverage;
    }

    /**
     * Returns the sums as a JSON object. Its fields are {@code seeds}, {@code violations}, {@code plans_distinct},
     * {@code reference_checked} (transactions), and {@code pairs_hit} of {@code pairs_total} crash points and
     * transitions of state diagrams.
     */
    public String json() {
        return Json.pretty(Json.object(
                "seeds",
                seeds,
                "violations",
                violations,
                "plans_distinct",
                plans.size(),
                "reference_checked",
                transactions,
                "pairs_hit",
                coverage.reached(),
                "pairs_total",
                Coverage.TOTAL));
    }

    /** Returns the sums, for people. */
    @Override
    public String toString() {
        return ("%d seeds, %d crashes, %d operations as previewed: %d violations. Reached %d of %d crash points and"
                        + " transitions; not reached: %s")
                .formatted(seeds, kills, previews, violations, coverage.reached(), Coverage.TOTAL, coverage.missing());
    }
}
