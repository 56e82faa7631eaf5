package dev.entente.core.transaction;

/** The kind of a history event. {@link #code} is stored; users see the name. */
public enum HistoryKind {
    ACCEPTED(1),
    /** A BEGUN or running transaction got one more branch. */
    BRANCH_REGISTERED(2),
    /** SCHEDULED became RUNNING. */
    STARTED(3),
    /** A call ended: with an answer, a timeout or a broken connection. */
    CALL_FINISHED(4),
    /** The pivot's call may leave after this event. */
    PIVOT_CALLED(5),
    /** The direction is decided: COMPLETING, UNDOING, or RUNNING for a begun message. */
    DECIDED(6),
    PARKED(7),
    /** The park reason no longer applies: the direction was decided, for example by a commit or by the deadline. */
    UNPARKED(8),
    /** An operator restarted the count of attempts. */
    RETRIED(9),
    /** An operator allowed one more attempt; earlier attempts stay counted. */
    RESUMED(10),
    /** An operator stated the true result. */
    RESOLVED(11),
    /** Another incarnation took over a row that may have calls in flight. */
    ADOPTED(12),
    /** The transaction is finished; by force if the event has an actor and no abort reason. */
    FINISHED(13),
    /** An approval is requested, and the transaction waits for the answer. */
    APPROVAL_ASKED(14),
    /** An approver answered: the outcome is OK or REJECTED. */
    APPROVAL_DECIDED(15),
    /** An approval expired without an answer. */
    APPROVAL_EXPIRED(16),
    /** A delivery is dropped: by an operator, or because its receiver is removed. */
    DROPPED(17);

    private final int code;

    HistoryKind(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** Returns the kind of this fact. */
    public static HistoryKind of(Fact fact) {
        return switch (fact) {
            case Fact.Accepted _ -> ACCEPTED;
            case Fact.Registered _ -> BRANCH_REGISTERED;
            case Fact.Started _ -> STARTED;
            case Fact.Called _ -> CALL_FINISHED;
            case Fact.PivotCalled _ -> PIVOT_CALLED;
            case Fact.Decided _ -> DECIDED;
            case Fact.Parked _ -> PARKED;
            case Fact.Unparked _ -> UNPARKED;
            case Fact.Retried _ -> RETRIED;
            case Fact.Resumed _ -> RESUMED;
            case Fact.Resolved _ -> RESOLVED;
            case Fact.Adopted _ -> ADOPTED;
            case Fact.Finished _ -> FINISHED;
            case Fact.ApprovalAsked _ -> APPROVAL_ASKED;
            case Fact.ApprovalDecided _ -> APPROVAL_DECIDED;
            case Fact.ApprovalExpired _ -> APPROVAL_EXPIRED;
            case Fact.Dropped _ -> DROPPED;
        };
    }

    /** @throws IllegalArgumentException if no kind has this code */
    public static HistoryKind of(int code) {
        for (HistoryKind kind : values()) {
            if (kind.code == code) {
                return kind;
            }
        }
        throw UnknownCode.of("kind of history event", code);
    }
}
