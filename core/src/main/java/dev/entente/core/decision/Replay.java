package dev.entente.core.decision;

import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Consequence;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.HistoryKind;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Folds a stored history with the production state machine, and compares the result with the stored progress.
 *
 * @param states the progress after each event
 * @param firstDifference the first difference, for people; null if there is none
 */
public record Replay(List<Progress> states, @Nullable String firstDifference) {

    public boolean matches() {
        return firstDifference == null;
    }

    /**
     * Replays the history of a stored progress.
     *
     * @param plan request bodies are not needed
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

    /**
     * @throws IllegalArgumentException if the production state machine could not have recorded this event in that state
     */
    private static void checkFollows(Progress before, HistoryEvent event) {
        boolean isFirst = event.fact() instanceof Fact.Accepted;
        if (isFirst != (before.revision() == 0)) {
            throw new IllegalArgumentException(event.kind() + " at revision " + before.revision());
        }
        boolean isDecidedTwice = event.fact() instanceof Fact.Decided && before.decidedRevision() > 0;
        if (before.state().isTerminal() || isDecidedTwice) {
            throw new IllegalArgumentException(event.kind() + " after the transaction was " + before.state());
        }
        if (event.fact() instanceof Fact.Registered && before.decidedRevision() > 0) {
            throw new IllegalArgumentException("a branch that joined after the transaction was " + before.state());
        }
        switch (event.fact()) {
            case Fact.Called call -> checkFollows(before.branch(call.branch()), call);
            case Fact.ApprovalAsked asked -> checkState(before, asked, BranchState.PENDING);
            case Fact.ApprovalDecided answer -> checkState(before, answer, BranchState.AWAITING_APPROVAL);
            case Fact.ApprovalExpired expiry -> checkState(before, expiry, BranchState.AWAITING_APPROVAL);
            case Fact.Accepted _,
                    Fact.Registered _,
                    Fact.Started _,
                    Fact.PivotCalled _,
                    Fact.Decided _,
                    Fact.Parked _,
                    Fact.Unparked _,
                    Fact.Retried _,
                    Fact.Resumed _,
                    Fact.Resolved _,
                    Fact.Adopted _,
                    Fact.Dropped _,
                    Fact.Finished _ -> {}
        }
    }

    private static void checkState(Progress before, Fact.OfBranch fact, BranchState wanted) {
        BranchState state = before.branch(fact.branch()).state();
        if (state != wanted) {
            throw new IllegalArgumentException(HistoryKind.of(fact) + " where the branch is " + state);
        }
    }

    private static void checkFollows(BranchProgress branch, Fact.Called call) {
        boolean isAskedAgain = call.outcome() == Outcome.IN_PROGRESS
                || (call.outcome() == Outcome.MISCONFIGURED
                        && call.consequence() instanceof Consequence.None
                        && call.attempt() == branch.attempts());
        int attempt = isAskedAgain ? branch.attempts() : branch.attempts() + 1;
        if (branch.state().isSettled() || branch.role() != call.role() || call.attempt() != attempt) {
            throw new IllegalArgumentException("a finished " + call.role() + " call, attempt " + call.attempt()
                    + ", where the branch is " + branch.state() + " after " + branch.attempts() + " attempts of "
                    + branch.role());
        }
    }

    /** Returns the number of branches at acceptance. Branches that joined later have events of their own. */
    private static int branchesAtFirst(Plan plan, Progress stored) {
        long joined = stored.history().events().stream()
                .filter(event -> event.fact() instanceof Fact.Registered)
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
            // a forced end does not wait for a check-back in flight
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
        // a call that has left is visible before its event
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
        return what + ": the history contains " + replayed + ", the row contains " + stored;
    }
}
