package dev.entente.core.decision;

import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.Ownership.SwitchToUndo;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import java.time.Instant;

/**
 * A message that waits for its client's decision. Without a decision, the coordinator asks the client's service for the
 * result of the local transaction. The coordinator never assumes a result, and a deadline never decides.
 */
final class CheckBack {
    private CheckBack() {}

    /** @param check the branch that asks */
    static void advance(Draft draft, int check) {
        BranchProgress asked = draft.progress().branch(check);
        switch (asked.state()) {
            case DONE -> submit(draft, "");
            case REJECTED, FAILED, RESOLVED -> drop(draft, asked);
            case PENDING, CALLED, AWAITING_APPROVAL, CONFIRMED, UNDONE, SKIPPED -> ask(draft, check, asked);
        }
    }

    /** Records that the local transaction was committed. From here on the message only goes forward. */
    static void submit(Draft draft, String actor) {
        draft.unpark("", "the local transaction was committed");
        draft.record(TransactionState.RUNNING, new Fact.Decided(null, actor, ""));
        Forward.advance(draft);
    }

    private static void drop(Draft draft, BranchProgress asked) {
        Settling.switchToUndo(
                draft,
                new SwitchToUndo(AbortReason.CHECK_BACK_NEGATIVE, asked.tried().lastError(), ""));
    }

    private static void ask(Draft draft, int check, BranchProgress asked) {
        if (draft.progress().parked() != null) {
            draft.rest(null);
            return;
        }
        Duration after = draft.plan().terms().firstCheckAfter();
        Instant first = draft.createdAt().plus(after == null ? Duration.ZERO : after);
        if (draft.now().isBefore(first) && asked.nextAttemptAt() == null && !asked.isInFlight()) {
            draft.set(check, asked.waiting(first, null));
        }
        if (Calls.isFree(draft, draft.progress().branch(check))) {
            Calls.start(draft, check, Role.FORWARD);
        }
        Waits.settle(draft, _ -> null);
    }
}
