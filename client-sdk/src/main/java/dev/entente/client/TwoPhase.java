package dev.entente.client;

import dev.entente.v1.Plan;
import dev.entente.v1.XaBranch;
import java.util.ArrayList;
import java.util.List;

/**
 * Branches that are prepared concurrently, then all committed or all rolled back: two-phase commit, for participants
 * whose resources can prepare. A prepared transaction holds its locks until the decision arrives, so set a deadline.
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
     * @param prepare does the work and makes it durable, but invisible to others
     * @param commit makes the work visible; called only after every branch was prepared
     * @param rollback rolls the work back; must accept that the prepare never arrived
     * @throws IllegalArgumentException if a call uses a response: responses of a prepare are not stored
     */
    public TwoPhase branch(String id, Call<?> prepare, Call<?> commit, Call<?> rollback) {
        branches.add(proto(id, prepare, commit, rollback).build());
        return this;
    }

    private static XaBranch.Builder proto(String id, Call<?> prepare, Call<?> commit, Call<?> rollback) {
        if (prepare.hasBindings() || commit.hasBindings() || rollback.hasBindings()) {
            throw new IllegalArgumentException("branch '" + id
                    + "': no call can use the response of a prepare, because a repeated prepare returns only the"
                    + " default instance; put the value into the requests");
        }
        return XaBranch.newBuilder()
                .setId(id)
                .setPrepare(prepare.toProto())
                .setCommit(commit.toProto())
                .setRollback(rollback.toProto());
    }

    /**
     * Adds a branch that gets a pre-commit before the decision, after every branch is prepared. The transaction then
     * has three phases, and all of its branches need a pre-commit. See docs/patterns/two-phase.md for the guarantees.
     *
     * @param preCommit after the success of this call the participant waits for the decision without a time limit.
     *     Before this call the participant may roll back on its own, and must then refuse this call
     */
    public TwoPhase branch(String id, Call<?> prepare, Call<?> preCommit, Call<?> commit, Call<?> rollback) {
        if (preCommit.hasBindings()) {
            throw new IllegalArgumentException(
                    "branch '" + id + "': a pre-commit cannot use a response; put the value into the request");
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
