package dev.entente.server.decision;

import dev.entente.server.transaction.BranchProgress;
import dev.entente.server.transaction.BranchState;
import dev.entente.server.transaction.HistoryEvent;
import dev.entente.server.transaction.HistoryKind;
import dev.entente.server.transaction.Outcome;
import dev.entente.server.transaction.Plan;
import dev.entente.server.transaction.Progress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Folds a stored history with the machine that runs in production, and compares what comes out with what is stored.
 *
 * @param states the progress after each event
 * @param firstDifference what differs, for people; null if nothing does
 */
public record Replay(List<Progress> states, @Nullable String firstDifference) {

    public boolean matches() {
        return firstDifference == null;
    }

    /**
     * Replays the history of a stored progress.
     *
     * @param plan bodies are not needed
     */
    public static Replay of(Plan plan, Progress stored) {
        List<Progress> states = new ArrayList<>();
        Progress progress = null;
        try {
            for (HistoryEvent event : stored.history().events()) {
                Progress from = progress == null
                        ? Progress.untouched(event.stateAfter(), branchesAtFirst(plan, stored))
                        : progress;
                checkFollows(from, event);
                progress = Evolution.evolve(from, plan, event);
                states.add(progress);
            }
        } catch (IllegalArgumentException | IndexOutOfBoundsException broken) {
            return new Replay(states, "event " + (states.size() + 1) + " cannot be replayed: " + broken.getMessage());
        }
        return new Replay(states, progress == null ? "there is no history" : difference(plan, progress, stored));
    }

    /** @throws IllegalArgumentException if the machine that runs in production could not have recorded this event in that state */
    private static void checkFollows(Progress before, HistoryEvent event) {
        boolean isFirst = event.kind() == HistoryKind.ACCEPTED;
        if (isFirst != (before.revision() == 0)) {
            throw new IllegalArgumentException(event.kind() + " at revision " + before.revision());
        }
        boolean isDecidedTwice = event.kind() == HistoryKind.DECIDED && before.decidedRevision() > 0;
        if (before.state().isTerminal() || isDecidedTwice) {
            throw new IllegalArgumentException(event.kind() + " after it was " + before.state());
        }
        if (event.kind() == HistoryKind.BRANCH_REGISTERED && before.decidedRevision() > 0) {
            throw new IllegalArgumentException("a branch that joined after it was " + before.state());
        }
        switch (event.kind()) {
            case CALL_FINISHED -> checkFollows(before.branch(event.branch()), event);
            case APPROVAL_ASKED -> checkState(before, event, BranchState.PENDING);
            case APPROVAL_DECIDED, APPROVAL_EXPIRED -> checkState(before, event, BranchState.AWAITING_APPROVAL);
            case ACCEPTED,
                    BRANCH_REGISTERED,
                    STARTED,
                    PIVOT_CALLED,
                    DECIDED,
                    PARKED,
                    UNPARKED,
                    RETRIED,
                    RESUMED,
                    RESOLVED,
                    ADOPTED,
                    DROPPED,
                    FINISHED -> {}
        }
    }

    private static void checkState(Progress before, HistoryEvent event, BranchState wanted) {
        BranchState state = before.branch(event.branch()).state();
        if (state != wanted) {
            throw new IllegalArgumentException(event.kind() + " where the branch is " + state);
        }
    }

    private static void checkFollows(BranchProgress branch, HistoryEvent event) {
        int attempt = event.outcomeCode() == Outcome.IN_PROGRESS ? branch.attempts() : branch.attempts() + 1;
        if (branch.isSettled() || branch.role() != event.role() || event.attempt() != attempt) {
            throw new IllegalArgumentException("a finished " + event.role() + " call, attempt " + event.attempt()
                    + ", where the branch is " + branch.state() + " after " + branch.attempts() + " attempts of "
                    + branch.role());
        }
    }

    /** Branches that joined later have an event of their own. */
    private static int branchesAtFirst(Plan plan, Progress stored) {
        long joined = stored.history().events().stream()
                .filter(event -> event.kind() == HistoryKind.BRANCH_REGISTERED)
                .count();
        return plan.branches().size() - (int) joined;
    }

    private static @Nullable String difference(Plan plan, Progress replayed, Progress stored) {
        if (replayed.state() != stored.state()) {
            return differs("state", replayed.state(), stored.state());
        }
        if (replayed.abortReason() != stored.abortReason()) {
            return differs("abort reason", replayed.abortReason(), stored.abortReason());
        }
        if (replayed.isForced() != stored.isForced()) {
            return differs("forced", replayed.isForced(), stored.isForced());
        }
        if ((replayed.parked() == null) != (stored.parked() == null)) {
            return differs("parked", replayed.parked(), stored.parked());
        }
        for (int i = 0; i < stored.branches().size(); i++) {
            // nobody waits for a question that is under way when the end is forced
            boolean isOpen = !stored.state().isTerminal() || i == plan.checkBack();
            String found = difference(plan.branches().get(i).id(), isOpen, replayed.branch(i), stored.branch(i));
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private static @Nullable String difference(
            String id, boolean isOpen, BranchProgress replayed, BranchProgress stored) {
        // a call that has left shows before it has an event of its own
        boolean isCallNotOnRecord = isOpen && stored.attempts() == replayed.attempts();
        if (replayed.state() != stored.state()
                && !(isCallNotOnRecord && replayed.lastOutcome() == stored.lastOutcome())) {
            return differs("branch '" + id + "' state", replayed.state(), stored.state());
        }
        if (replayed.attempts() != stored.attempts()) {
            return differs("branch '" + id + "' attempts", replayed.attempts(), stored.attempts());
        }
        return replayed.lastOutcome() == stored.lastOutcome()
                ? null
                : differs("branch '" + id + "' last outcome", replayed.lastOutcome(), stored.lastOutcome());
    }

    private static String differs(String what, @Nullable Object replayed, @Nullable Object stored) {
        return what + ": the history says " + replayed + ", the row says " + stored;
    }
}
