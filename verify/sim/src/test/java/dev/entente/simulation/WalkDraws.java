package dev.entente.simulation;

import com.google.protobuf.ByteString;
import dev.entente.core.decision.Act;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.codec.PlanCodec;
import dev.entente.simulation.drawing.PlanMaker;
import dev.entente.v1.TccBranch;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Draws what people ask of a transaction on a walk, and what its participants answer. */
final class WalkDraws {
    private final Random random;

    WalkDraws(Random random) {
        this.random = random;
    }

    Outcome outcome(Role role) {
        int draw = random.nextInt(100);
        if (draw < (role == Role.FORWARD ? 68 : 75)) {
            return new Outcome.Succeeded(ByteString.copyFrom(new byte[] {0x08, 0x01}));
        }
        return switch (draw % 8) {
            case 0, 1 -> new Outcome.Rejected("no", random.nextBoolean());
            case 2 -> new Outcome.Failed("wrong", random.nextBoolean());
            case 3 -> new Outcome.InProgress("busy", null);
            case 4 -> new Outcome.Misconfigured("no such method", false);
            case 5 -> new Outcome.NotSent("the circuit is open", Duration.ofMillis(100));
            default -> new Outcome.Unknown("no answer", null);
        };
    }

    @Nullable
    Act act(Plan plan, boolean isBegun) {
        List<Branch> branches = plan.branches();
        String name = branches.isEmpty()
                ? "none"
                : branches.get(random.nextInt(branches.size())).id();
        return switch (random.nextInt(isBegun ? 14 : 10)) {
            case 0 -> new Act.Abort("enough", "somebody", false);
            case 1, 2 -> new Act.Retry("operator", "again", 0);
            case 3 -> new Act.Resume("operator", "again", 0);
            case 4 -> new Act.Resolve(name, role(), truth(), null, "operator", "looked");
            case 5, 6, 7 -> new Act.DecideApproval(name, random.nextInt(3) > 0, "operator", "looked");
            case 8 -> random.nextInt(4) == 0 ? new Act.ForceFinish(TransactionState.ABORTED, "operator", "now") : null;
            case 9 -> random.nextInt(4) == 0 ? new Act.Skip("operator", "enough", 0) : null;
            default -> random.nextInt(4) == 0 ? new Act.Commit(named(plan), Map.of()) : register(plan);
        };
    }

    private Role role() {
        return List.of(Role.values()).get(random.nextInt(Role.values().length));
    }

    private Fact.Truth truth() {
        return List.of(Fact.Truth.values()).get(random.nextInt(Fact.Truth.values().length));
    }

    private Set<String> named(Plan plan) {
        boolean isCareful = random.nextInt(3) > 0;
        return Set.copyOf(plan.branches().stream()
                .filter(branch -> isCareful || branch.parent() == null)
                .map(Branch::id)
                .toList());
    }

    private @Nullable Act register(Plan plan) {
        if (plan.pattern() != Pattern.TCC || plan.branches().size() > 5) {
            return null;
        }
        String parent = plan.branches().isEmpty() || random.nextBoolean()
                ? ""
                : plan.branches().get(random.nextInt(plan.branches().size())).id();
        TccBranch message = new PlanMaker(random).branch("r" + plan.branches().size(), parent);
        PlanCodec.DecodedBranch decoded = PlanCodec.standard().decodeBranch(message);
        return new Act.Register(decoded.branch(), decoded.encoded());
    }
}
