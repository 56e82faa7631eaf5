package dev.entente.core.transaction;

/** The reason why an unfinished transaction waits for an operator, and the operator's possible actions. */
public enum ParkReason {
    UNDO_EXHAUSTED(1, "fix the participant, then retry; or undo the call by hand and resolve the branch as undone"),
    COMPLETION_EXHAUSTED(2, "fix the participant, then retry; or complete the branch by hand and resolve it as done"),
    UNDO_REFUSED(
            3,
            "a participant must not refuse an undo: fix the participant, then retry; or undo the call by hand and"
                    + " resolve the branch as undone"),
    COMPLETION_REFUSED(
            4,
            "a participant must not refuse a completion: fix the participant, then retry; or complete the branch by"
                    + " hand and resolve it as done"),
    TARGET_MISCONFIGURED(
            5,
            "a retry alone cannot help: fix the method, credentials or configuration of the participant, then retry",
            true),
    FORWARD_EXHAUSTED_PAST_PIVOT(
            6,
            "after the pivot there is no compensation: fix the participant, then retry; or do the work by hand and"
                    + " resolve the branch as done"),
    DELIVERY_REFUSED(
            7,
            "a receiver must not refuse a published message: fix the receiver, then retry; or skip the delivery, or"
                    + " resolve it as done"),
    CHECK_BACK_EXHAUSTED(
            8,
            "the outcome of the client's local transaction is unknown: fix the service of the client, then retry; or"
                    + " look up the outcome and resolve the check-back as done or as never happened"),
    APPROVAL_TIMED_OUT(
            9,
            "there was no decision in time: approve or reject the step; a retry requests the approval again, with the"
                    + " same time limit",
            true),
    BY_OPERATOR(10, "resume or retry the transaction when you are ready", true),
    UNREADABLE_ROW(11, "the stored row is damaged: restore it, then retry; or force-finish the transaction"),
    BINDING_ABSENT(
            12,
            "an earlier response lacks a required field, or the field does not fit the request: resolve the forward"
                    + " operation of that branch as done, with the correct response",
            true),
    DATABASE_MAY_HAVE_LOST_COMMITS(
            13, "the database failed over: check which commits were lost, then run `entente recover`"),
    BARRIER_EXPIRED(
            14, "the participant no longer has a record of this transaction: check its data, then resolve the branch"),
    ADOPTED_TOO_OFTEN(15, "coordinators failed repeatedly while they ran this transaction: find the cause, then retry"),
    RETRIABLE_EXHAUSTED(16, "a retriable step never leads to undo: fix the participant, then retry", true),
    DELIVERY_EXHAUSTED(17, "fix the receiver, then retry; or skip the delivery, or resolve it as done"),
    FORWARD_REFUSED_PAST_PIVOT(
            18,
            "after the pivot there is no compensation: fix the participant, then retry; or do the work by hand and"
                    + " resolve the branch as done"),
    RETRIABLE_REFUSED(19, "a retriable step never leads to undo: fix the participant, then retry", true),
    DEFECT(
            20,
            "an internal error of the coordinator stopped the transaction, or the database rejects its row: find the"
                    + " cause in the coordinator's log, fix it (a trigger, a constraint, a newer version), then retry"),
    RESTORED(21, "the database was restored: check which commits were lost, then run `entente recover`");

    private final int code;
    private final String advice;
    private final boolean isAbortAChoice;

    ParkReason(int code, String advice) {
        this(code, advice, false);
    }

    /** @param isAbortAChoice whether the advice names an abort while the transaction can still switch to undo */
    ParkReason(int code, String advice, boolean isAbortAChoice) {
        this.code = code;
        this.advice = advice;
        this.isAbortAChoice = isAbortAChoice;
    }

    public int code() {
        return code;
    }

    /** Returns the possible actions for people, independent of the transaction's state. */
    public String advice() {
        return advice;
    }

    /** Returns whether the advice names an abort while the transaction can still switch to undo. */
    boolean isAbortAChoice() {
        return isAbortAChoice;
    }

    /** Returns whether only an operator action ends the park, regardless of the transaction's deadline. */
    public boolean ignoresDeadline() {
        return awaitsRecovery() || this == ADOPTED_TOO_OFTEN || this == UNREADABLE_ROW || this == DEFECT;
    }

    /**
     * Returns whether only {@code entente recover} ends the park: the database may have lost commits of any
     * transaction.
     */
    public boolean awaitsRecovery() {
        return this == DATABASE_MAY_HAVE_LOST_COMMITS || this == RESTORED;
    }

    /** @throws IllegalArgumentException if no reason has this code */
    public static ParkReason of(int code) {
        for (ParkReason reason : values()) {
            if (reason.code == code) {
                return reason;
            }
        }
        throw UnknownCode.of("park reason", code);
    }
}
