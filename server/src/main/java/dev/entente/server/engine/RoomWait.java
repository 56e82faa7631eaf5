package dev.entente.server.engine;

import dev.entente.core.decision.Effect;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.Custody;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Progress;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The branches of one transaction whose calls were not made because too many transactions wait on their participant.
 * They wait for room, not for a time: the row says whose, and whoever claims it calls at once.
 */
final class RoomWait {
    /**
     * At most half as long again. Who waits for room is claimed by name; this only sees to it that nobody is forgotten.
     */
    private static final Duration LONGEST = Duration.ofMinutes(5);

    /** Read from anywhere. */
    private final Set<Integer> branches = ConcurrentHashMap.newKeySet();

    /** The call of that branch is not made now. */
    Outcome begin(int branch, Outcome.NotSent why) {
        branches.add(branch);
        return new Outcome.NotSent(why.detail(), LONGEST, why.isUnreachable());
    }

    /** The call of that branch is made. */
    void end(int branch) {
        branches.remove(branch);
    }

    boolean hasBranch(int branch) {
        return branches.contains(branch);
    }

    /**
     * The participant that holds a transaction back which goes to rest now, or null: whoever drains or parks it lets
     * others have it.
     */
    @Nullable
    String participant(GlobalTransaction transaction, Effect effect) {
        boolean isToBeClaimed = effect instanceof Effect.Rest rest
                && rest.dueAt() != null
                && transaction.progress().parked() == null
                && transaction.custody().pause() != Custody.Pause.FOR_DRAIN;
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

    /** As it is written: the branches that wait for room wait for no time. */
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
