package dev.entente.client;

import dev.entente.v1.BranchStatus;
import dev.entente.v1.Transaction;
import org.jspecify.annotations.Nullable;

/**
 * The transaction ended without effect: everything that was done, or may have been, was undone. A new try needs a new
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
                culprit(transaction),
                transaction.getDetail(),
                transaction.getRejection(),
                null);
    }

    /** The branch whose no, or lack of an answer, turned it; empty if a deadline, a client or an operator did. */
    public String branch() {
        return branch;
    }

    /** Why, for people: {@code pay: INSUFFICIENT_FUNDS: alice}. */
    public String reason() {
        return reason;
    }

    /** The participant's code of that no, such as {@code INSUFFICIENT_FUNDS}; empty where there is none. */
    public String rejection() {
        return rejection;
    }

    /** False: this gid has ended. */
    @Override
    public boolean retryable() {
        return false;
    }

    static String culprit(Transaction transaction) {
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

    /** The branch's state does not tell: it may have been undone since. Behind a comma is the operation. */
    private static boolean isNamed(String detail, String branch) {
        return detail.startsWith(branch + ": ") || detail.startsWith(branch + ", ");
    }
}
