package dev.entente.core.decision;

import dev.entente.core.transaction.Activity;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Plan;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Deliveries with an ordering key. A delivery's call leaves only after the engine has checked its queue position. This
 * wait is not a call, so requests do not wait for its end. A delivery behind another delivery of its own message needs
 * no check: the message records the end of that delivery itself. Until then the message may leave memory.
 */
final class QueuePosition {
    private QueuePosition() {}

    /** Returns whether that call must wait until the engine reports the delivery as first in its queue. */
    static boolean isAwaited(Draft draft, int index) {
        return draft.plan().terms().isOrdered()
                && index != draft.plan().checkBack()
                && draft.progress().branch(index).activity() != Activity.AT_HEAD;
    }

    static void await(Draft draft, int index) {
        BranchProgress branch = draft.progress().branch(index);
        BranchProgress before = openBefore(draft, index);
        if (before == null) {
            draft.set(index, branch.awaitingPosition());
            draft.add(new Effect.AwaitPosition(index));
        } else {
            draft.set(index, branch.behindOwn(before.blockedBy() == null ? draft.gid() : before.blockedBy()));
        }
    }

    /** Returns the first open earlier delivery of this message to the same receiver, or null. */
    private static @Nullable BranchProgress openBefore(Draft draft, int index) {
        String receiver = receiver(draft.plan(), index);
        for (int i = draft.plan().checkBack() + 1; i < index; i++) {
            BranchProgress branch = draft.progress().branch(i);
            boolean hasEnded = branch.state() == BranchState.DONE || branch.state() == BranchState.SKIPPED;
            if (!hasEnded && receiver.equals(receiver(draft.plan(), i))) {
                return branch;
            }
        }
        return null;
    }

    /**
     * Returns a text that identifies the receiver of a delivery. For a subscriber this is the branch id, because one
     * message names each topic at most once.
     */
    private static String receiver(Plan plan, int index) {
        Branch branch = plan.branches().get(index);
        boolean isSubscriber = branch.id().indexOf('.') >= 0;
        return isSubscriber ? branch.id() : branch.forward().target().text();
    }

    /**
     * Makes blocked deliveries of a claimed message check again at once. The earlier delivery may have ended and caused
     * the claim.
     */
    static void askAnew(Draft draft) {
        for (int i = 0; i < draft.progress().branches().size(); i++) {
            BranchProgress branch = draft.progress().branch(i);
            Instant askAgainAt = branch.nextAttemptAt();
            if (branch.blockedBy() != null && askAgainAt != null && askAgainAt.isAfter(draft.now())) {
                draft.set(i, branch.behind(branch.blockedBy(), draft.now()));
            }
        }
    }

    static void take(Draft draft, Event.PositionReached came) {
        BranchProgress branch = draft.progress().branch(came.branch());
        if (branch.isAwaitingPosition()) {
            draft.set(came.branch(), branch.atHead());
        }
    }

    static void take(Draft draft, Event.Blocked blocked) {
        BranchProgress branch = draft.progress().branch(blocked.branch());
        if (branch.isAwaitingPosition()) {
            Instant askAgainAt = blocked.askAgainAfter() == null
                    ? null
                    : draft.now().plus(Backoff.jittered(blocked.askAgainAfter(), draft.random()));
            draft.set(blocked.branch(), branch.behind(blocked.head(), askAgainAt));
        }
    }
}
