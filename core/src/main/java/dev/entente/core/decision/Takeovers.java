package dev.entente.core.decision;

import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.History;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Role;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The last takeovers from an owner that died, by the operation whose calls it may have left under way. Those calls go
 * on until their timeout has passed since then. The times come from the history: the coordinator that waits need not be
 * the one that claimed, and no retry may shorten the wait.
 *
 * @param forward of forward calls, or null if there was no such takeover
 * @param completion of completions, or null
 * @param undo of undos, or null
 */
record Takeovers(
        @Nullable Instant forward,
        @Nullable Instant completion,
        @Nullable Instant undo) {

    static Takeovers of(History history) {
        Instant forward = null;
        Instant completion = null;
        Instant undo = null;
        for (History at = history; at != null; at = at.earlier()) {
            HistoryEvent event = at.last();
            if (event != null && event.fact() instanceof Fact.Adopted) {
                switch (event.stateAfter()) {
                    case RUNNING, SCHEDULED -> forward = later(event.time(), forward);
                    case COMPLETING -> completion = later(event.time(), completion);
                    case UNDOING -> undo = later(event.time(), undo);
                    case BEGUN, SUCCEEDED, ABORTED, GIVEN_UP -> {}
                }
            }
        }
        return new Takeovers(forward, completion, undo);
    }

    /** Until when a call of that operation by an owner that died may be under way, or null if there can be none. */
    @Nullable
    Instant until(Branch branch, Role role) {
        Instant takenOver = switch (role) {
            case FORWARD -> forward;
            case COMPLETION -> completion;
            case UNDO -> undo;
        };
        Operation operation = branch.operation(role);
        return takenOver == null || operation == null
                ? null
                : takenOver.plus(operation.policy().timeout());
    }

    /** The same of its forward calls, unless it is known that there were none, or what became of them. */
    @Nullable
    Instant untilUnanswered(Branch branch, BranchProgress progress) {
        boolean isKnown = !progress.state().mayHaveHappened() || progress.state() == BranchState.DONE;
        return isKnown ? null : until(branch, Role.FORWARD);
    }

    private static Instant later(Instant one, @Nullable Instant other) {
        return other == null || one.isAfter(other) ? one : other;
    }
}
