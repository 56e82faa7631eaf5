package dev.entente.server.engine;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Fence;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The state of one transaction at one moment.
 *
 * @param plan without bodies if the transaction is finished, unless payloads are kept
 * @param result the result branch's response, or null
 * @param finishedAt null while the transaction is open
 * @param owner the incarnation that holds the transaction, or null
 * @param dueAt the time when the transaction is due again, or null
 * @param fence the fence of the owner's calls; {@link dev.entente.core.transaction.Fence#NONE} while no incarnation
 *     holds the transaction, or if only the row is known
 * @param isLive whether the owner's memory contains progress that is not durable yet
 * @param isDecisionDurable whether the decision about the direction is durable
 * @param heldBackBy the participant at which the row waits for capacity, or null
 * @param isUnchanged whether the snapshot answers an action that changed nothing
 */
public record Snapshot(
        String gid,
        Plan plan,
        Progress progress,
        Instant createdAt,
        @Nullable Instant deadlineAt,
        @Nullable Instant finishedAt,
        @Nullable ByteString result,
        @Nullable Long owner,
        @Nullable Instant dueAt,
        long fence,
        boolean isLive,
        boolean isDecisionDurable,
        @Nullable String heldBackBy,
        boolean isUnchanged) {

    /** Returns whether the snapshot comes from the memory of the coordinator that holds the transaction. */
    public boolean isHeldHere() {
        return fence != Fence.NONE;
    }

    /** Returns whether the transaction is terminal or parked, so that clients stop waiting. */
    public boolean isFinishedOrParked() {
        return progress.state().isTerminal() || progress.parked() != null;
    }

    /** Returns a copy with an earlier progress and the branches of that progress. */
    public Snapshot with(Progress other) {
        int size = other.branches().size();
        Plan then =
                size == plan.branches().size() ? plan : plan.of(plan.branches().subList(0, size));
        return with(then, other, isUnchanged);
    }

    /** Returns a copy that answers an action that changed nothing. */
    public Snapshot unchanged() {
        return with(plan, progress, true);
    }

    private Snapshot with(Plan otherPlan, Progress otherProgress, boolean unchanged) {
        return new Snapshot(
                gid,
                otherPlan,
                otherProgress,
                createdAt,
                deadlineAt,
                finishedAt,
                result,
                owner,
                dueAt,
                fence,
                isLive,
                isDecisionDurable,
                heldBackBy,
                unchanged);
    }
}
