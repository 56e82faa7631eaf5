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
 * The last takeovers from dead owners, by the operation with calls that may still be in flight. These calls end when
 * their timeout has passed since the takeover. The times come from the history: the coordinator that waits may differ
 * from the coordinator that took over, and a retry must not shorten the wait.
 *
 * @param forward the last takeover with possible forward calls, or null
 * @param completion the last takeover with possible completions, or null
 * @param undo the last takeover with possible undos, or null
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

    /** Returns until when a dead owner's call of that operation may be in flight, or null if there can be none. */
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

    /**
     * Returns until when a dead owner's forward call without an answer may be in flight. Null if no such call exists or
     * its outcome is known.
     */
    @Nullable
    Instant untilUnanswered(Branch branch, BranchProgress progress) {
        boolean isKnown = !progress.state().mayHaveHappened() || progress.state() == BranchState.DONE;
        return isKnown ? null : until(branch, Role.FORWARD);
    }

    private static Instant later(Instant one, @Nullable Instant other) {
        return other == null || one.isAfter(other) ? one : other;
    }
}
