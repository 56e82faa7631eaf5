package dev.entente.core.decision;

import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.Fact.Truth;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Records an operator's statement of an operation's true result. The effects equal the effects of a participant's
 * answer.
 */
final class Resolution {
    private Resolution() {}

    /** @param since the time at which a deferred request was first offered; otherwise null */
    static void resolve(Draft draft, TransactionRequest.Resolve request, @Nullable Instant since) {
        int index = draft.plan().indexOf(request.branch());
        if (index < 0) {
            throw Refusal.of(ErrorCode.NOT_FOUND, "there is no branch '" + request.branch() + "'");
        }
        if (draft.state().isTerminal()) {
            throw TransactionRequest.impossible(
                    "the transaction has finished as " + draft.state() + ", which is final");
        }
        if (request.role() == Role.FORWARD && isGiven(draft, index)) {
            MissingResponse.check(draft.plan(), draft.progress(), request, index);
            record(draft, request, index, true);
            return;
        }
        switch (request.role()) {
            case FORWARD -> checkForward(draft, request, index);
            case COMPLETION, UNDO -> checkSettling(draft, request, index);
        }
        if (!InFlightCalls.putsOff(draft, index, since)) {
            record(draft, request, index, false);
        }
    }

    private static boolean isGiven(Draft draft, int index) {
        return !MissingResponse.isInQuestion(draft.progress(), index)
                && MissingResponse.isMissed(draft.plan(), draft.progress(), index);
    }

    private static void checkForward(Draft draft, TransactionRequest.Resolve request, int index) {
        BranchProgress branch = draft.progress().branch(index);
        if (draft.plan().branches().get(index).approval() != null) {
            throw TransactionRequest.impossible("'" + request.branch() + "' is an approval: approve or reject it");
        }
        Forward.refuseIfSwitchIsLate(
                draft, "the forward operation of '" + request.branch() + "' can no longer be resolved");
        boolean isInQuestion = branch.state() == BranchState.CALLED || branch.stuck() != null;
        boolean isAsked =
                draft.state() == TransactionState.BEGUN && index == draft.plan().checkBack();
        if (!(isAsked || draft.state() == TransactionState.RUNNING) || !isInQuestion) {
            throw TransactionRequest.impossible(
                    "the forward operation of '" + request.branch() + "' has nothing to resolve: the branch is "
                            + branch.state() + " and the transaction " + draft.state());
        }
        if (request.truth() == Truth.DONE && !arePredecessorsDone(draft, index)) {
            throw TransactionRequest.impossible(
                    "'" + request.branch() + "' comes after branches that are not done: resolve these branches first,"
                            + " or wait for their responses");
        }
        if (request.truth() == Truth.DONE) {
            checkJoined(draft, index);
        }
        if (!isAsked && !draft.maySwitchToUndo() && request.truth() != Truth.DONE) {
            throw TransactionRequest.impossible(
                    "the transaction can only go forward: resolve the branch as done, retry it, or"
                            + " force-finish the transaction");
        }
    }

    /**
     * Returns whether all predecessors are done. Otherwise a later call, even the pivot's, would leave while an earlier
     * branch can still cause an undo.
     */
    private static boolean arePredecessorsDone(Draft draft, int index) {
        for (int earlier : draft.graph().predecessors(index)) {
            if (draft.progress().branch(earlier).state() != BranchState.DONE) {
                return false;
            }
        }
        return true;
    }

    /**
     * Refuses DONE for a branch with joined children: only the participant's answer shows which children were tried,
     * and an untried child must not be completed.
     */
    private static void checkJoined(Draft draft, int index) {
        List<String> joined = TriedBranches.below(draft, index);
        if (!joined.isEmpty()) {
            throw TransactionRequest.impossible("'" + String.join("', '", joined) + "' joined below '"
                    + draft.plan().branches().get(index).id() + "', and only the response of its participant shows"
                    + " whether they were tried: retry it, or resolve it as undone or never-happened");
        }
    }

    private static void checkSettling(Draft draft, TransactionRequest.Resolve request, int index) {
        TransactionState wanted = request.role() == Role.UNDO ? TransactionState.UNDOING : TransactionState.COMPLETING;
        if (draft.state() != wanted || !Settling.needs(draft, index, request.role())) {
            BranchState state = draft.progress().branch(index).state();
            throw TransactionRequest.impossible("this operation of '" + request.branch()
                    + "' has nothing to resolve: the branch is " + state + " and the transaction " + draft.state());
        }
        if (request.truth() == Truth.NEVER_HAPPENED) {
            throw TransactionRequest.impossible("an operation that never happened must be called again: use retry");
        }
        if (request.truth() == Truth.UNDONE && request.role() == Role.COMPLETION) {
            throw TransactionRequest.impossible(
                    "the decision to complete applies to all branches: complete the branch by hand and resolve it"
                            + " as done, or use force-finish");
        }
    }

    private static void record(Draft draft, TransactionRequest.Resolve request, int index, boolean isResponseOnly) {
        boolean isDone = request.role() == Role.FORWARD && request.truth() == Truth.DONE;
        boolean isPivot = draft.state() == TransactionState.RUNNING
                && draft.plan().branches().get(index).pivot();
        if (isDone && isPivot && draft.progress().pivotRevision() == 0) {
            // stuck before its call could leave; stated as done, the branch is still the point of no return
            draft.record(new Fact.PivotCalled(index));
        }
        draft.record(new Fact.Resolved(
                index, request.role(), request.truth(), isResponseOnly, request.actor(), request.reason()));
        if (isDone) {
            // even a missing response must be durable before a branch reads it: after a crash, a repeated call could
            // return a response
            BranchProgress branch = draft.progress().branch(index);
            draft.set(
                    index, branch.responded(request.response(), draft.progress().revision()));
        }
        draft.recorded();
    }
}
