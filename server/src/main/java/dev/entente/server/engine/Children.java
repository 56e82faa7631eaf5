package dev.entente.server.engine;

import com.google.protobuf.ByteString;
import dev.entente.core.decision.Effect;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.codec.PlanCodec;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The acceptance of transactions that are branches of other transactions. For the parent, an accept is a call that may
 * be repeated, even by two coordinators. The gid follows from the parent and the branch, so that repeated calls create
 * one transaction. Thread-safe.
 */
final class Children {
    private static final Duration SHORTLY = Duration.ofSeconds(1);

    private final Transactions engine;
    private final PlanCodec plans;

    Children(Transactions engine, PlanCodec plans) {
        this.engine = engine;
        this.plans = plans;
    }

    void accept(GlobalTransaction parent, Effect.Call call, Consumer<Outcome> answer) {
        Branch branch = parent.plan().branches().get(call.branch());
        PlanCodec.Decoded child = plans.child(parent.plan(), branch, call.request());
        Submission submission =
                new Submission(parent.gid() + "/" + branch.id(), child.plan(), child.encoded(), child.digest(), false);
        Callbacks.when(Callbacks.of(() -> engine.accept(submission)), (_, failure) -> answer.accept(outcome(failure)));
    }

    /**
     * Translates the answer to a child's submission. Only the coordinator assigns gids of children. Therefore an
     * existing transaction with this gid is the child of this branch. The content may differ if defaults have changed
     * since.
     */
    private static Outcome outcome(@Nullable Throwable failure) {
        return switch (failure) {
            case null -> new Outcome.Succeeded(ByteString.EMPTY);
            case OwnedElsewhere _ -> new Outcome.Succeeded(ByteString.EMPTY);
            case Refusal refusal -> outcome(refusal);
            default -> new Outcome.Unknown("not known to be accepted: " + failure, null);
        };
    }

    private static Outcome outcome(Refusal refusal) {
        String detail = String.valueOf(refusal.getMessage());
        if (refusal.code() == ErrorCode.OTHER_CONTENT) {
            return new Outcome.Succeeded(ByteString.EMPTY);
        }
        boolean isCertain = refusal.code() == ErrorCode.OVERLOADED || refusal.code() == ErrorCode.DRAINING;
        return isCertain ? new Outcome.NotSent(detail, SHORTLY) : new Outcome.Unknown(detail, refusal.retryAfter());
    }
}
