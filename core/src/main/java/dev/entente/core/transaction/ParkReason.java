package dev.entente.core.transaction;

/** The reason why an unfinished transaction waits for an operator, and the operator's possible actions. */
public enum ParkReason {
    UNDO_EXHAUSTED(1, "mend the participant, then retry; or undo it by hand and resolve the branch as undone"),
    COMPLETION_EXHAUSTED(2, "mend the participant, then retry; or complete it by hand and resolve the branch as done"),
    UNDO_REFUSED(
            3,
            "a participant may not refuse an undo: mend it, then retry; or undo it by hand and resolve the branch as"
                    + " undone"),
    COMPLETION_REFUSED(
            4, "a participant may not refuse a completion: mend it, then retry; or resolve the branch as done"),
    TARGET_MISCONFIGURED(
            5, "no retry can help: mend the participant's method, credentials or configuration, then retry", true),
    FORWARD_EXHAUSTED_PAST_PIVOT(
            6, "past the pivot it only goes forward: mend the participant, then retry; or resolve the branch"),
    DELIVERY_REFUSED(
            7,
            "a receiver may not refuse what was published: mend it, then retry; or skip the delivery, or resolve it as"
                    + " done"),
    CHECK_BACK_EXHAUSTED(
            8,
            "nobody could say what became of the client's local transaction: mend its service, then retry; or look"
                    + " there and resolve the check-back as done or as never happened"),
    APPROVAL_TIMED_OUT(
            9, "nobody answered in time: approve or reject it; retry asks anew and waits as long again", true),
    BY_OPERATOR(10, "resume or retry it when you are ready", true),
    UNREADABLE_ROW(11, "what is stored is damaged: restore it, then retry; or force-finish it"),
    BINDING_ABSENT(
            12,
            "an earlier response lacks a required field, or does not fit the request: resolve the forward operation of"
                    + " that branch as done, with the right response",
            true),
    DATABASE_MAY_HAVE_LOST_COMMITS(13, "the database failed over: check what was lost, then run `entente recover`"),
    BARRIER_EXPIRED(
            14,
            "the participant no longer remembers this transaction: find out what happened there and resolve the"
                    + " branch"),
    ADOPTED_TOO_OFTEN(15, "coordinators died while they worked on it: find out why, then retry"),
    RETRIABLE_EXHAUSTED(16, "the step never turns the transaction: mend the participant, then retry", true),
    DELIVERY_EXHAUSTED(17, "mend the receiver, then retry; or skip the delivery, or resolve it as done"),
    FORWARD_REFUSED_PAST_PIVOT(
            18, "past the pivot it only goes forward: mend the participant, then retry; or resolve the branch"),
    RETRIABLE_REFUSED(19, "the step never turns the transaction: mend the participant, then retry", true),
    DEFECT(
            20,
            "an internal error of the coordinator stopped it, or the database refuses its row alone: find the cause in"
                    + " the coordinator's log and mend it (a trigger, a constraint, a newer version), then retry"),
    RESTORED(21, "the database was restored: check what was lost, then run `entente recover`");

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

    /** Returns whether only an operator action ends this parking, whatever deadline the transaction has. */
    public boolean ignoresDeadline() {
        return awaitsRecovery() || this == ADOPTED_TOO_OFTEN || this == UNREADABLE_ROW || this == DEFECT;
    }

    /** Returns whether only {@code entente recover} ends it: the whole database is in question, not one transaction. */
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
