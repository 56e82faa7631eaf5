package dev.entente.client;

import dev.entente.v1.Plan;
import dev.entente.v1.XaBranch;
import java.util.ArrayList;
import java.util.List;

/**
 * Branches that are prepared all at once, then all committed or all rolled back: two-phase commit, for participants
 * whose resources can prepare. What is prepared holds its locks until it hears the decision, so give it a deadline.
 *
 * <pre>{@code
 * Outcome outcome = entente.twoPhase("transfer").gid("transfer-17").deadline(Duration.ofSeconds(30))
 *     .branch("debit",
 *         east.call(getPrepareMethod(), take),
 *         east.call(getCommitMethod(), none),
 *         east.call(getRollbackMethod(), none))
 *     .branch("credit",
 *         west.call(getPrepareMethod(), give),
 *         west.call(getCommitMethod(), none),
 *         west.call(getRollbackMethod(), none))
 *     .submitAndWait(Duration.ofSeconds(10));
 * }</pre>
 *
 * <p>Made by {@link Entente#twoPhase}. Not thread-safe.
 */
public final class TwoPhase extends PlanBuilder<TwoPhase> {
    private final List<XaBranch> branches = new ArrayList<>();

    TwoPhase(PlanContext context, String name) {
        super(context, name);
    }

    /**
     * Adds a branch.
     *
     * @param id the branch's name, {@code [a-z0-9._-]{1,64}}
     * @param prepare does the work and makes it durable without letting anybody see it
     * @param commit makes it seen; only called if every branch was seen to be prepared
     * @param rollback takes it back; it bears a prepare that it never saw
     * @throws IllegalArgumentException if any of them uses a response: those of a prepare are not kept
     */
    public TwoPhase branch(String id, Call<?> prepare, Call<?> commit, Call<?> rollback) {
        branches.add(proto(id, prepare, commit, rollback).build());
        return this;
    }

    private static XaBranch.Builder proto(String id, Call<?> prepare, Call<?> commit, Call<?> rollback) {
        if (prepare.hasBindings() || commit.hasBindings() || rollback.hasBindings()) {
            throw new IllegalArgumentException("branch '" + id
                    + "': no call can use what a prepare answered, for a participant that is asked twice cannot repeat"
                    + " it; put the value into the requests");
        }
        return XaBranch.newBuilder()
                .setId(id)
                .setPrepare(prepare.toProto())
                .setCommit(commit.toProto())
                .setRollback(rollback.toProto());
    }

    /**
     * Adds a branch that is told, before it is decided, that every branch is prepared: with this a transaction has
     * three phases. All of its branches need it. What that gives, and what not, stands in docs/patterns/two-phase.md.
     *
     * @param preCommit from success on the participant waits for the decision, however long that takes; until then it
     *     may take back by itself what it has prepared, and must refuse this call afterwards
     */
    public TwoPhase branch(String id, Call<?> prepare, Call<?> preCommit, Call<?> commit, Call<?> rollback) {
        if (preCommit.hasBindings()) {
            throw new IllegalArgumentException(
                    "branch '" + id + "': a pre-commit can use no response; put the value" + " into the request");
        }
        branches.add(proto(id, prepare, commit, rollback)
                .setPreCommit(preCommit.toProto())
                .build());
        return this;
    }

    @Override
    Plan.Builder addPattern(Plan.Builder plan) {
        plan.getTwoPhaseBuilder().addAllBranches(branches);
        return plan;
    }
}
