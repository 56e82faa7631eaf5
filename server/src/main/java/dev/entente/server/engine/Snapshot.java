package dev.entente.server.engine;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Fence;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One transaction as it stands.
 *
 * @param plan without bodies if it is finished, unless payloads are kept
 * @param result the result branch's response, or null
 * @param finishedAt null while it is open
 * @param owner the incarnation that holds it, or null
 * @param dueAt when it is due again, or null
 * @param fence that of its owner's calls; {@link dev.entente.core.transaction.Fence#NONE} while nobody holds it, or
 *     where only the row tells
 * @param isLive whether it comes from the owner's memory: progress that need not be durable yet
 * @param isDecisionDurable whether the state it shows is durable
 * @param heldBackBy the participant on which its row waits for room, or null
 * @param isUnchanged whether it answers an act that changed nothing
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

    /** Tells whether it comes from the memory of the coordinator that holds it. */
    public boolean isHeldHere() {
        return fence != Fence.NONE;
    }

    /** Tells whether nobody need wait for it any longer: it is terminal, or parked. */
    public boolean isAtRest() {
        return progress.state().isTerminal() || progress.parked() != null;
    }

    /** This with an earlier progress, and the branches that it had then. */
    public Snapshot with(Progress other) {
        int size = other.branches().size();
        Plan then =
                size == plan.branches().size() ? plan : plan.of(plan.branches().subList(0, size));
        return with(then, other, isUnchanged);
    }

    /** This, as the answer to an act that changed nothing. */
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
