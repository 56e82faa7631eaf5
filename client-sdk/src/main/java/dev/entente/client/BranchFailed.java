package dev.entente.client;

import dev.entente.wire.ErrorDetails;
import org.jspecify.annotations.Nullable;

/** A try of an interactive scope did not succeed. The scope's transaction will be aborted. */
public final class BranchFailed extends EntenteException {
    private static final long serialVersionUID = 1;

    private final String branch;
    private final String rejection;

    private BranchFailed(
            String code, String gid, String branch, String rejection, String message, @Nullable Throwable cause) {
        super(code, gid, message, cause);
        this.branch = branch;
        this.rejection = rejection;
    }

    static BranchFailed of(String gid, String branch, ErrorDetails answer, Throwable cause) {
        boolean rejected = answer.reason().equals("REJECTED");
        String code = answer.name();
        return new BranchFailed(
                code,
                gid,
                branch,
                rejected ? answer.reasonCode() : "",
                "the try of branch '" + branch + "' of transaction '" + gid + "' "
                        + (rejected ? "was rejected: " + answer.message() : "did not succeed: " + answer.describe()),
                cause);
    }

    /** Returns the branch; {@code parent/child} if it is nested. */
    public String branch() {
        return branch;
    }

    /** Returns whether the participant rejected the call for a business reason. */
    public boolean isRejected() {
        return code().equals("REJECTED");
    }

    /** Returns the code of the rejection, such as {@code INSUFFICIENT_FUNDS}; empty otherwise. */
    public String rejection() {
        return rejection;
    }

    /** Returns false: the scope aborts; begin a new transaction. */
    @Override
    public boolean retryable() {
        return false;
    }
}
