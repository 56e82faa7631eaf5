package dev.entente.server.console;

import dev.entente.server.console.drawing.StatusStyle;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.BranchStatus.State;
import dev.entente.v1.Call;
import dev.entente.v1.Pattern;
import dev.entente.v1.Transaction;
import java.util.List;
import java.util.Set;

/**
 * The operations of a transaction that an operator may resolve, by the rules of the decider. The decider makes the
 * final decision in the preview. Pure.
 */
final class Resolvable {
    /** The URL field of a user who wants to choose, although only one branch was called. */
    static final String CHOOSE = "choose";

    private static final String CHECK = "check";
    private static final Set<State> STUCK_IN = Set.of(State.PENDING, State.REJECTED, State.FAILED);
    private static final Set<State> SETTLED_FROM = Set.of(State.DONE, State.CALLED, State.FAILED);

    private Resolvable() {}

    /** Returns the branches with an operation that an operator may resolve, in the plan's order. */
    static List<BranchStatus> branches(Transaction transaction) {
        return transaction.getBranchesList().stream()
                .filter(branch -> isInQuestion(transaction, branch))
                .toList();
    }

    private static boolean isInQuestion(Transaction transaction, BranchStatus branch) {
        String op = branch.getCurrentOp();
        return switch (transaction.getState()) {
            case BEGUN -> op.equals(CHECK) && isUnanswered(branch);
            case RUNNING -> !op.equals("approval") && isUnanswered(branch);
            case COMPLETING -> (op.equals("confirm") || op.equals("commit")) && isToSettle(transaction, branch);
            case UNDOING -> StatusStyle.isUndo(op) && isToSettle(transaction, branch);
            case SCHEDULED, SUCCEEDED, ABORTED, GIVEN_UP, STATE_UNSPECIFIED, UNRECOGNIZED -> false;
        };
    }

    private static boolean isUnanswered(BranchStatus branch) {
        return branch.getState() == State.CALLED
                || (STUCK_IN.contains(branch.getState())
                        && !branch.getLastError().isEmpty());
    }

    /** Returns whether the branch needs its completion or undo, also if its forward operation was resolved as done. */
    static boolean isToSettle(Transaction transaction, BranchStatus branch) {
        return SETTLED_FROM.contains(branch.getState())
                || (branch.getState() == State.RESOLVED
                        && HistoryPage.events(transaction, "RESOLVED", branch.getId())
                                .noneMatch(event -> event.getOp().equals(branch.getCurrentOp())));
    }

    /** Returns whether the current operation was called. Other branches of an undo may still wait in the queue. */
    private static boolean isTried(BranchStatus branch) {
        return branch.getAttempts() > 0 || branch.getLastOutcome() != Call.Outcome.OK;
    }

    /** Returns the results that an operator may state for an operation of the API; {@code op} may be empty. */
    static List<String> truths(Transaction transaction, String op) {
        boolean isPastPivot = transaction.getHistoryList().stream()
                .anyMatch(event -> event.getKind().equals("PIVOT_CALLED"));
        boolean isDelivery = transaction.getPattern() == Pattern.MESSAGE && !op.equals(CHECK);
        if (transaction.getState() == Transaction.State.UNDOING) {
            return List.of("undone");
        } else if (transaction.getState() == Transaction.State.COMPLETING || isPastPivot || isDelivery) {
            return List.of("done");
        }
        return op.equals(CHECK) || op.equals("deliver")
                ? List.of("done", "never-happened")
                : List.of("done", "undone", "never-happened");
    }

    /** Returns a form with each missing value that has only one possible value. Returns other operations unchanged. */
    static OperationForm completed(OperationForm form, Transaction transaction) {
        if (!form.act().equals("resolve")) {
            return form;
        }
        List<BranchStatus> open = branches(transaction);
        List<BranchStatus> tried = open.stream().filter(Resolvable::isTried).toList();
        List<BranchStatus> meant = tried.size() == 1 && form.get(CHOOSE).isEmpty() ? tried : open;
        String branch =
                form.branch().isEmpty() && meant.size() == 1 ? meant.getFirst().getId() : form.branch();
        String op = transaction.getBranchesList().stream()
                .filter(one -> one.getId().equals(branch) && form.get("op").isEmpty())
                .map(BranchStatus::getCurrentOp)
                .findFirst()
                .orElse(form.get("op"));
        List<String> truths = truths(transaction, op);
        String truth = form.get("as").isEmpty() && truths.size() == 1 ? truths.getFirst() : form.get("as");
        return new OperationForm(
                form.query().with("branch", branch).with("op", op).with("as", truth));
    }
}
