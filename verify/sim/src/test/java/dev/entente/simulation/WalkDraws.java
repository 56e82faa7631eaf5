package dev.entente.simulation;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.Durations;
import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.codec.PlanCodec;
import dev.entente.simulation.random.RandomPlans;
import dev.entente.v1.CallPolicy;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.Tcc;
import dev.entente.v1.TccBranch;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Draws the plan of a walk, the operations on it and the responses of its participants. */
final class WalkDraws {
    /** The time at which a walk begins. */
    static final Instant NOW = Instant.ofEpochSecond(1000);

    private static final int MAX_BRANCHES = 8;

    private final Random random;
    private final RandomPlans plans;
    /** The number of calls in a hundred that succeed. In every third transaction, most calls do not succeed. */
    private final int successShare;

    WalkDraws(Random random) {
        this.random = random;
        this.plans = new RandomPlans(random, _ -> operation());
        this.successShare = random.nextInt(3) == 0 ? 35 : 70;
    }

    /** Draws a plan that is submitted. */
    Plan plan() {
        return switch (random.nextInt(11)) {
            case 0, 1, 2 -> plans.saga(NOW);
            case 3, 4 -> plans.tcc(NOW);
            case 5 -> plans.twoPhase(NOW);
            case 6, 7, 8 -> plans.notification(NOW);
            default -> plans.message(NOW);
        };
    }

    /** Draws a plan that a client begins. */
    Plan begun() {
        return random.nextBoolean()
                ? plans.checked(NOW)
                : Plan.newBuilder()
                        .setName("walk")
                        .setTcc(Tcc.getDefaultInstance())
                        .setDeadline(Durations.fromSeconds(30))
                        .build();
    }

    private Operation.Builder operation() {
        return Operation.newBuilder()
                .setGrpc("walk/walk.v1.Service/Call")
                .setRaw(ByteString.EMPTY)
                .setPolicy(CallPolicy.newBuilder()
                        .setTimeout(Durations.fromMillis(500 + random.nextInt(10_000)))
                        .setMaxAttempts(1 + random.nextInt(4))
                        .setFirstBackoff(Durations.fromMillis(50))
                        .setMaxBackoff(Durations.fromMillis(1000 + random.nextInt(60_000)))
                        .setMultiplier(3));
    }

    /** Returns a success, mostly with the field that other branches read. */
    Outcome success() {
        boolean isBare = random.nextInt(6) == 0;
        return new Outcome.Succeeded(isBare ? ByteString.EMPTY : ByteString.copyFrom(new byte[] {0x08, 0x01}));
    }

    Outcome outcome(Role role) {
        int draw = random.nextInt(100);
        if (draw < (role == Role.FORWARD ? successShare : successShare + 5)) {
            return success();
        }
        Duration wait = Duration.ofMillis(random.nextInt(20_000));
        return switch (draw % 8) {
            case 0, 1 -> new Outcome.Rejected("no", random.nextBoolean());
            case 2 ->
                random.nextInt(4) == 0
                        ? new Outcome.Failed("gone", false, true)
                        : new Outcome.Failed("wrong", random.nextBoolean());
            case 3 -> new Outcome.InProgress("busy", random.nextBoolean() ? wait : null);
            case 4 ->
                random.nextInt(3) == 0
                        ? Outcome.Misconfigured.forNow("no process is there")
                        : new Outcome.Misconfigured("no such method", random.nextBoolean());
            case 5 ->
                random.nextBoolean()
                        ? new Outcome.NotSent("the circuit is open", wait)
                        : Outcome.NotSent.unreachable("no process listens", wait);
            default -> new Outcome.Unknown("no answer", random.nextBoolean() ? wait : null);
        };
    }

    @Nullable
    TransactionRequest request(dev.entente.core.transaction.Plan plan, boolean isBegun) {
        List<Branch> branches = plan.branches();
        String name = branches.isEmpty()
                ? "none"
                : branches.get(random.nextInt(branches.size())).id();
        return switch (random.nextInt(isBegun ? 16 : 12)) {
            case 0 -> new TransactionRequest.Abort("enough", "someone", false, 0);
            case 1, 2 -> new TransactionRequest.Retry("operator", "again", 0);
            case 3 -> new TransactionRequest.Resume("operator", "again", 0);
            case 4 -> new TransactionRequest.Resolve(name, role(), truth(), null, "operator", "looked", 0);
            case 5, 6, 7 -> new TransactionRequest.DecideApproval(name, random.nextInt(3) > 0, "operator", "looked", 0);
            case 8 ->
                random.nextInt(4) == 0
                        ? new TransactionRequest.ForceFinish(TransactionState.ABORTED, "operator", "now", 0)
                        : null;
            case 9 -> new TransactionRequest.Skip("operator", "enough", 0);
            case 10 -> random.nextBoolean() ? new TransactionRequest.Park("operator", "wait", 0) : null;
            case 11 -> register(plan);
            default -> random.nextInt(4) == 0 ? new TransactionRequest.Commit(named(plan), Map.of()) : register(plan);
        };
    }

    private Role role() {
        return List.of(Role.values()).get(random.nextInt(Role.values().length));
    }

    private Fact.Truth truth() {
        return List.of(Fact.Truth.values()).get(random.nextInt(Fact.Truth.values().length));
    }

    private Set<String> named(dev.entente.core.transaction.Plan plan) {
        boolean isCareful = random.nextInt(3) > 0;
        return Set.copyOf(plan.branches().stream()
                .filter(branch -> isCareful || branch.parent() == null)
                .map(Branch::id)
                .toList());
    }

    private @Nullable TransactionRequest register(dev.entente.core.transaction.Plan plan) {
        boolean isTcc = plan.pattern() == Pattern.TCC;
        if (!isTcc || plan.branches().size() > MAX_BRANCHES) {
            return null;
        }
        String parent = plan.branches().isEmpty() || random.nextBoolean()
                ? ""
                : plan.branches().get(random.nextInt(plan.branches().size())).id();
        TccBranch message = plans.branch("r" + plan.branches().size(), parent);
        PlanCodec.DecodedBranch decoded = PlanCodec.standard().decodeBranch(message);
        return new TransactionRequest.Register(decoded.branch(), decoded.encoded());
    }
}
