package dev.entente.simulation.command;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.entente.simulation.Scene;
import dev.entente.simulation.Simulation;
import dev.entente.simulation.drawing.ClientPlan;
import dev.entente.simulation.mutant.Mutant;
import dev.entente.simulation.random.PlanShrinker;
import dev.entente.v1.Plan;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Looks for the smallest plan with which a violation still shows. */
public final class SmallestPlan {
    private static final Pattern VIOLATION = Pattern.compile("(?<law>.+?) (?<gid>t\\d+)\\b.*", Pattern.DOTALL);
    /** A smaller plan draws other numbers, so the same fault may need another seed. */
    private static final int SEEDS = 25;

    private static final long NEXT_SEED = 1_000_003;
    private static final int MOST_CANDIDATES = 300;

    private final Mutant mutant;
    private final long seed;
    private final String law;
    private final ClientPlan failed;

    private SmallestPlan(Mutant mutant, long seed, String law, ClientPlan failed) {
        this.mutant = mutant;
        this.seed = seed;
        this.law = law;
        this.failed = failed;
    }

    /** Returns the plan as JSON; empty where the violation names no client's transaction. */
    static Optional<String> of(Simulation.Verdict verdict, Mutant mutant) {
        Matcher violation = VIOLATION.matcher(verdict.violations().getFirst());
        if (!violation.matches() || !verdict.plans().containsKey(violation.group("gid"))) {
            return Optional.empty();
        }
        ClientPlan failed = verdict.plans().get(violation.group("gid"));
        return Optional.of(new SmallestPlan(mutant, verdict.seed(), violation.group("law"), failed).json());
    }

    private String json() {
        Plan smallest = PlanShrinker.shrink(failed.plan(), this::fails, MOST_CANDIDATES);
        try {
            return JsonFormat.printer().omittingInsignificantWhitespace().print(smallest);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("a plan without Any is always printable", e);
        }
    }

    private boolean fails(Plan plan) {
        ClientPlan given = new ClientPlan(failed.client(), failed.kind(), plan);
        String violation = law + " " + Scene.gid(failed.client());
        for (int i = 0; i < SEEDS; i++) {
            Simulation.Verdict verdict = Simulation.run(seed + i * NEXT_SEED, mutant, given);
            if (verdict.violations().stream().anyMatch(text -> text.startsWith(violation))) {
                return true;
            }
        }
        return false;
    }
}
