package dev.entente.server.console;

import dev.entente.server.console.part.Query;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Parked;
import dev.entente.v1.Pattern;
import dev.entente.v1.Transaction;
import java.util.ArrayList;
import java.util.List;

/**
 * An operation on a transaction, as the transaction's page offers it.
 *
 * @param refusal the reason why the operation is not possible now; empty if the operation is possible
 */
public record OfferedOperation(OperationForm form, String refusal) {
    private static final int MAX_APPROVALS = 8;

    public boolean isPossible() {
        return refusal.isEmpty();
    }

    /** Returns all operations that may apply to the transaction's state, approvals first. */
    static List<OperationForm> forms(Transaction transaction) {
        String gid = transaction.getGid();
        List<OperationForm> forms = new ArrayList<>();
        if (transaction.getTerminal()) {
            if (transaction.getState() == Transaction.State.GIVEN_UP) {
                forms.add(form(gid, "resend", ""));
            }
            return forms;
        }
        transaction.getBranchesList().stream()
                .filter(branch -> branch.getState() == BranchStatus.State.AWAITING_APPROVAL)
                .limit(MAX_APPROVALS)
                .forEach(branch -> {
                    forms.add(form(gid, "approve", branch.getId()));
                    forms.add(form(gid, "reject", branch.getId()));
                });
        boolean isMessage = transaction.getPattern() == Pattern.MESSAGE;
        for (String act : List.of("retry", "resume", "park", "skip", "abort", "resolve", OperationForm.FORCE)) {
            if (isMessage || !act.equals("skip")) {
                forms.add(form(gid, act, ""));
            }
        }
        return forms;
    }

    /**
     * Returns the operation that the advice for a park names first; empty for a decision between several, and for work
     * outside of the console.
     *
     * @param detail the detail or the error text of the park
     */
    static String recommended(Parked.Reason reason, String detail) {
        return switch (reason) {
            case BY_OPERATOR -> "resume";
            case BINDING_ABSENT, BARRIER_EXPIRED -> "resolve";
            case TARGET_MISCONFIGURED ->
                dev.entente.core.transaction.Parked.mayBeHalfDone(detail) ? "resolve" : "retry";
            case APPROVAL_TIMED_OUT, DATABASE_MAY_HAVE_LOST_COMMITS, RESTORED, UNREADABLE_ROW, UNRECOGNIZED -> "";
            default -> "retry";
        };
    }

    private static OperationForm form(String gid, String act, String branch) {
        return new OperationForm(
                Query.NONE.with("gid", gid).with("operation", act).with("branch", branch));
    }

    static Frame.Link link(String act, String gid, String branch, Frame frame) {
        return new Frame.Link(
                frame.t("operation." + act), form(gid, act, branch).href(), false);
    }
}
