package dev.entente.client;

import dev.entente.v1.BranchStatus;
import dev.entente.v1.Transaction;
import org.jspecify.annotations.Nullable;

/**
 * The transaction was aborted: every change that was or may have been made was compensated. A new attempt needs a new
 * gid.
 */
public final class TransactionAborted extends EntenteException {
    private static final long serialVersionUID = 1;

    private final String branch;
    private final String reason;
    private final String rejection;

    TransactionAborted(String code, String gid, String branch, String reason, @Nullable Throwable cause) {
        this(code, gid, branch, reason, cause instanceof BranchFailed no ? no.rejection() : "", cause);
    }

    private TransactionAborted(
            String code, String gid, String branch, String reason, String rejection, @Nullable Throwable cause) {
        super(code, gid, "transaction '" + gid + "' was aborted (" + code + "): " + reason, cause);
        this.branch = branch;
        this.reason = reason;
        this.rejection = rejection;
    }

    static TransactionAborted of(Transaction transaction) {
        return new TransactionAborted(
                transaction.getAbortReason().name(),
                transaction.getGid(),
                failedBranch(transaction),
                transaction.getDetail(),
                transaction.getRejection(),
                null);
    }

    /**
     * Returns the branch whose rejection, failure or missing answer caused the abort; empty if a deadline, a client or
     * an operator caused it.
     */
    public String branch() {
        return branch;
    }

    /** Returns the reason for people, such as {@code pay: INSUFFICIENT_FUNDS: alice}. */
    public String reason() {
        return reason;
    }

    /** Returns the participant's code of the rejection, such as {@code INSUFFICIENT_FUNDS}; empty if there is none. */
    public String rejection() {
        return rejection;
    }

    /** Returns false: the transaction with this gid has finished. */
    @Override
    public boolean retryable() {
        return false;
    }

    static String failedBranch(Transaction transaction) {
        return switch (transaction.getAbortReason()) {
            case DEADLINE, CLIENT_ABORT, OPERATOR -> "";
            default ->
                transaction.getBranchesList().stream()
                        .filter(branch -> isNamed(transaction.getDetail(), branch.getId()))
                        .findFirst()
                        .map(BranchStatus::getId)
                        .orElse("");
        };
    }

    /** Checks the text, because the branch may have been compensated since. The operation follows a comma. */
    private static boolean isNamed(String detail, String branch) {
        return detail.startsWith(branch + ": ") || detail.startsWith(branch + ", ");
    }
}
