package dev.entente.server.engine;

import dev.entente.core.decision.Effect;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Ownership;
import dev.entente.core.transaction.Progress;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The branches of one transaction that were not called because too many transactions wait on their participant. They
 * wait for capacity, not for a time. The row contains the participant, and the claiming coordinator calls at once.
 */
final class CapacityWait {
    /**
     * The wait after which the row is due even without free capacity; jitter makes it up to 1.5 times as long. It
     * ensures that no row is forgotten.
     */
    private static final Duration LONGEST = Duration.ofMinutes(5);

    /** The branches by index; any thread may read them. */
    private final Set<Integer> branches = ConcurrentHashMap.newKeySet();

    /** Records that the call of that branch is not made now. */
    Outcome begin(int branch, Outcome.NotSent why) {
        branches.add(branch);
        return new Outcome.NotSent(why.detail(), LONGEST, why.isUnreachable());
    }

    /** Records that the call of that branch is made. */
    void end(int branch) {
        branches.remove(branch);
    }

    boolean hasBranch(int branch) {
        return branches.contains(branch);
    }

    /**
     * Returns the participant that holds back a transaction that rests now, or null. A drained or parked transaction is
     * left to other coordinators or to operators.
     */
    @Nullable
    String participant(GlobalTransaction transaction, Effect effect) {
        boolean isToBeClaimed = effect instanceof Effect.Release rest
                && rest.dueAt() != null
                && transaction.progress().parked() == null
                && transaction.ownership().pause() != Ownership.Pause.FOR_DRAIN;
        if (isToBeClaimed) {
            for (int branch : branches) {
                String participant = waited(transaction, branch);
                if (participant != null) {
                    return participant;
                }
            }
        }
        return null;
    }

    private static @Nullable String waited(GlobalTransaction transaction, int index) {
        BranchProgress progress = transaction.progress().branch(index);
        Branch branch = transaction.plan().branches().get(index);
        Operation operation = branch.operation(progress.role());
        boolean isWaiting =
                progress.nextAttemptAt() != null && !progress.state().isSettled();
        return operation == null || !isWaiting ? null : operation.target().participant();
    }

    /** Returns the transaction to write: a branch that waits for capacity has no next attempt time. */
    GlobalTransaction written(GlobalTransaction transaction) {
        Progress progress = transaction.progress();
        for (int branch : branches) {
            if (waited(transaction, branch) != null) {
                BranchProgress waiting = progress.branch(branch);
                progress = progress.withBranch(
                        branch, waiting.waiting(null, waiting.next().inProgressSince()));
            }
        }
        return transaction.with(progress);
    }
}
