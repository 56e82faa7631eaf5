package dev.entente.simulation;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sums over seeds that were run one after another, in one run or in several. For one thread at a time. */
public final class SeedSums {
    private static final int SHOWN = 20;
    private static final int MOST_FAILED = 1000;

    private final Coverage coverage = new Coverage();
    private final List<Long> failedSeeds = new ArrayList<>();
    private final PrintWriter err;
    private long nextSeed;
    private int runs;
    private long millis;
    private int seeds;
    private int kills;
    private int violations;
    private int checked;
    private int accused;
    private int shown;
    private Simulation.@Nullable Verdict failed;

    /**
     * @param first the seed to begin with
     * @param err where violations are told
     */
    public SeedSums(long first, PrintWriter err) {
        this.nextSeed = first;
        this.err = err;
    }

    /** The seed that is to be added next. */
    public long nextSeed() {
        return nextSeed;
    }

    public int violations() {
        return violations;
    }

    /** Seeds that violated a law, the first thousand of them. */
    List<Long> failedSeeds() {
        return List.copyOf(failedSeeds);
    }

    /** Adds what came out of the next seed. */
    public void add(Simulation.Verdict verdict) {
        nextSeed = verdict.seed() + 1;
        seeds++;
        kills += verdict.kills();
        violations += verdict.violations().size();
        checked += verdict.checked().isWhole() ? 1 : 0;
        accused += verdict.checked().accused();
        coverage.add(verdict.coverage());
        if (!verdict.violations().isEmpty()) {
            failed = failed == null ? verdict : failed;
            if (failedSeeds.size() < MOST_FAILED) {
                failedSeeds.add(verdict.seed());
            }
            verdict.violations().forEach(violation -> tell(verdict.seed(), violation));
        }
    }

    private void tell(long seed, String violation) {
        if (shown++ < SHOWN) {
            err.println("seed " + seed + ": " + violation);
            err.flush();
        }
    }

    /** A run ends that took so long. */
    public void ran(long newMillis) {
        runs++;
        millis += newMillis;
    }

    public Totals totals() {
        return new Totals(seeds, kills, violations, new Totals.Held(checked, accused), coverage, failed);
    }

    /** The sums as JSON, with where the next run goes on. */
    public String json(boolean hasTable) {
        JsonObject json = totals().json(hasTable);
        json.addProperty("runs", runs);
        json.addProperty("minutes", millis / 60_000);
        json.addProperty("next_seed", nextSeed);
        JsonArray failedOnes = new JsonArray();
        failedSeeds.forEach(failedOnes::add);
        json.add("failed_seeds", failedOnes);
        return json.toString();
    }

    public String text(boolean hasTable) {
        return totals().text(hasTable)
                + "; %,d distinct plans in %d runs and %d minutes; seed %d is next"
                        .formatted(coverage.shapes().size(), runs, millis / 60_000, nextSeed);
    }

    public void write(DataOutputStream out) throws IOException {
        out.writeLong(nextSeed);
        out.writeLong(millis);
        for (int sum : new int[] {runs, seeds, kills, violations, checked, accused, failedSeeds.size()}) {
            out.writeInt(sum);
        }
        for (long seed : failedSeeds) {
            out.writeLong(seed);
        }
        coverage.write(out);
    }

    /** Returns which seed was to be added next, the first thing that is written. */
    public static long readNextSeed(DataInputStream in) throws IOException {
        return in.readLong();
    }

    public void read(DataInputStream in) throws IOException {
        nextSeed = readNextSeed(in);
        millis = in.readLong();
        runs = in.readInt();
        seeds = in.readInt();
        kills = in.readInt();
        violations = in.readInt();
        checked = in.readInt();
        accused = in.readInt();
        for (int i = in.readInt(); i > 0; i--) {
            failedSeeds.add(in.readLong());
        }
        coverage.read(in);
    }
}
