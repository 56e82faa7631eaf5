package dev.entente.core.decision;

import dev.entente.core.transaction.Ownership;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Adds the write that a decision needs, at most one at a time. A change that is too late for the write in progress
 * waits for the next write.
 */
final class Writes {
    private Writes() {}

    static void add(Draft draft, boolean isFlushDue) {
        Ownership ownership = draft.ownership();
        if (ownership.isWriting()) {
            return;
        }
        int revision = draft.progress().revision();
        boolean isChanged = revision > ownership.durableRevision();
        if (draft.state().isTerminal()) {
            leave(draft, new Effect.Finish(), isChanged);
        } else if (ownership.planToAppend() != null) {
            flush(draft); // a rest cannot append the branch that joined; the rest follows
        } else if (draft.isResting() && !draft.progress().hasCallInFlight()) {
            rest(draft, draft.restUntil(), isChanged);
        } else if (isChanged && (draft.needsWrite() || isFlushDue || !ownership.isHeld())) {
            flush(draft);
        }
    }

    private static void flush(Draft draft) {
        Ownership ownership = draft.ownership();
        draft.set(ownership.writing(draft.progress().revision(), false));
        draft.add(new Effect.Flush(ownership.planToAppend()));
    }

    private static void rest(Draft draft, @Nullable Instant until, boolean isChanged) {
        if (draft.ownership().isHeld() || isChanged) {
            draft.set(draft.progress().restingAt(draft.ownership().rev() + 1));
            leave(draft, new Effect.Release(until), true);
        }
    }

    /**
     * Adds the write that releases or finishes the row. There is no write if this coordinator does not own the row and
     * nothing has changed.
     */
    private static void leave(Draft draft, Effect write, boolean isChanged) {
        if (draft.ownership().isHeld() || isChanged) {
            draft.set(draft.ownership().writing(draft.progress().revision(), true));
            draft.add(write);
        }
    }
}
