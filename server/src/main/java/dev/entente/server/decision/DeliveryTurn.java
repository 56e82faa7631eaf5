package dev.entente.server.decision;

import dev.entente.server.transaction.BranchProgress;
import java.time.Instant;

/**
 * Deliveries with an ordering key. The engine looks when it is the turn of each, and only then its call leaves. Waiting for that is not
 * calling: an act need not await it.
 */
final class DeliveryTurn {
    private DeliveryTurn() {}

    /** Tells whether that branch's call may not leave before the engine has said that it is its turn. */
    static boolean isAwaited(Draft draft, int index) {
        return draft.plan().terms().isOrdered()
                && index != draft.plan().checkBack()
                && draft.progress().branch(index).activity() != BranchProgress.Activity.HAS_TURN;
    }

    static void await(Draft draft, int index) {
        draft.set(index, draft.progress().branch(index).awaitingTurn());
        draft.add(new Effect.AwaitTurn(index));
    }

    static void take(Draft draft, Event.TurnCame came) {
        BranchProgress branch = draft.progress().branch(came.branch());
        if (branch.isAwaitingTurn()) {
            draft.set(came.branch(), branch.withTurn());
        }
    }

    static void take(Draft draft, Event.Blocked blocked) {
        BranchProgress branch = draft.progress().branch(blocked.branch());
        if (branch.isAwaitingTurn()) {
            Instant askAgainAt = blocked.askAgainAfter() == null
                    ? null
                    : draft.now().plus(Backoff.jittered(blocked.askAgainAfter(), draft.random()));
            draft.set(blocked.branch(), branch.behind(blocked.head(), askAgainAt));
        }
    }
}
