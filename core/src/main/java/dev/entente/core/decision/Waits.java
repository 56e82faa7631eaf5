package dev.entente.core.decision;

import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.Ownership;
import dev.entente.core.transaction.ParkReason;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Decides how a transaction without a possible call waits: in memory for a moment, in its row for longer, or parked.
 */
final class Waits {
    /**
     * The longest wait in memory. For a longer wait the transaction leaves memory: two writes and a claim cost less.
     */
    static final Duration LONGEST_IN_MEMORY = Duration.ofSeconds(10);

    /**
     * The limit if all waiting deliveries are behind other messages. Their check times differ: with the longer limit,
     * the next check would always be near, and the message would never leave memory. The blocking message, which
     * rests, may need that capacity.
     */
    private static final Duration LONGEST_BEHIND_OTHERS = Duration.ofSeconds(1);

    private Waits() {}

    /** @param parkedUntil when a parked transaction is due anyway, or null for never */
    static void settle(Draft draft, Function<Draft, @Nullable Instant> parkedUntil) {
        if (draft.needsWrite()) {
            return;
        }
        boolean isCalling = draft.progress().hasCallInFlight();
        boolean isBusy = isCalling || isAwaitingPosition(draft);
        Instant next = nextAttempt(draft);
        if (draft.ownership().pause() == Ownership.Pause.FOR_DRAIN && !isCalling) {
            draft.rest(draft.now());
        } else if (next != null) {
            waitFor(draft, next, isBusy);
        } else if (!isBusy && draft.ownership().pause() == null) {
            parkIfStuck(draft, parkedUntil);
        }
    }

    private static void waitFor(Draft draft, Instant next, boolean isBusy) {
        Instant until = isBusy ? next : earlier(next, deadlineThatUndoes(draft));
        Duration longest = areAllBehindOthers(draft) ? LONGEST_BEHIND_OTHERS : LONGEST_IN_MEMORY;
        boolean isLong = Duration.between(draft.now(), until).compareTo(longest) > 0;
        if (isLong && !isBusy && draft.ownership().pause() == null) {
            draft.rest(until);
        } else {
            draft.add(new Effect.Wake(until));
        }
    }

    private static boolean areAllBehindOthers(Draft draft) {
        for (BranchProgress branch : draft.progress().branches()) {
            if (branch.nextAttemptAt() != null && !branch.state().isSettled() && branch.blockedBy() == null) {
                return false;
            }
        }
        return true;
    }

    /**
     * Returns the earliest future time of a waiting branch's next call; null if no branch waits. An approval does not
     * count beside a stuck branch: it would delay the park, which reports that an operator is needed.
     */
    private static @Nullable Instant nextAttempt(Draft draft) {
        Instant earliest = null;
        boolean isAnyStuck = isAnyStuck(draft);
        for (BranchProgress branch : draft.progress().branches()) {
            Instant at = branch.nextAttemptAt();
            boolean isToWaitFor = !isAnyStuck || branch.state() != BranchState.AWAITING_APPROVAL;
            if (at != null
                    && isToWaitFor
                    && branch.stuck() == null
                    && !branch.state().isSettled()
                    && at.isAfter(draft.now())) {
                earliest = earlier(at, earliest);
            }
        }
        return earliest;
    }

    /** Returns whether the engine checks a delivery's queue position; the transaction waits for it in memory. */
    private static boolean isAwaitingPosition(Draft draft) {
        for (BranchProgress branch : draft.progress().branches()) {
            if (branch.isAwaitingPosition()) {
                return true;
            }
        }
        return false;
    }

    private static boolean isAnyStuck(Draft draft) {
        for (BranchProgress branch : draft.progress().branches()) {
            if (branch.stuck() != null) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable Instant deadlineThatUndoes(Draft draft) {
        return switch (draft.state()) {
            case RUNNING -> draft.maySwitchToUndo() ? draft.deadlineAt() : null;
            case BEGUN, SCHEDULED, COMPLETING, UNDOING, SUCCEEDED, ABORTED, GIVEN_UP -> null;
        };
    }

    private static Instant earlier(Instant one, @Nullable Instant other) {
        return other == null || one.isBefore(other) ? one : other;
    }

    private static void parkIfStuck(Draft draft, Function<Draft, @Nullable Instant> parkedUntil) {
        List<BranchProgress> branches = draft.progress().branches();
        for (int i = 0; i < branches.size(); i++) {
            ParkReason reason = branches.get(i).stuck();
            if (reason != null) {
                String detail = draft.plan().branches().get(i).title() + ": "
                        + branches.get(i).tried().lastError();
                draft.record(new Fact.Parked(reason, "", detail));
                draft.rest(parkedUntil.apply(draft));
                return;
            }
        }
    }
}
