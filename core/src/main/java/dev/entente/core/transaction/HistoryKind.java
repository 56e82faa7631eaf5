package dev.entente.core.transaction;

/** The kind of a history event. {@link #code} is stored; users see the name. */
public enum HistoryKind {
    ACCEPTED(1),
    /** A BEGUN or running transaction got one more branch. */
    BRANCH_REGISTERED(2),
    /** SCHEDULED became RUNNING. */
    STARTED(3),
    /** A call was answered, timed out or broke. */
    CALL_FINISHED(4),
    /** The pivot's call may leave from here on. */
    PIVOT_CALLED(5),
    /** The direction is settled: COMPLETING or UNDOING. */
    DECIDED(6),
    PARKED(7),
    /** A deadline turned it, so it is parked no more. */
    UNPARKED(8),
    /** By an operator: attempts start anew. */
    RETRIED(9),
    /** By an operator: attempts are kept, one more is allowed. */
    RESUMED(10),
    /** An operator said what really happened. */
    RESOLVED(11),
    /** Another incarnation took over a row that may have calls under way. */
    ADOPTED(12),
    /** Terminal; forced if an actor stands in it. */
    FINISHED(13),
    /** A person is asked, and awaited. */
    APPROVAL_ASKED(14),
    /** A person answered: the outcome is OK or REJECTED. */
    APPROVAL_DECIDED(15),
    /** Nobody answered in time. */
    APPROVAL_EXPIRED(16),
    /** A delivery is given up: by an operator, or because its receiver has gone. */
    DROPPED(17);

    private final int code;

    HistoryKind(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** Returns the kind of that fact. */
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

    /** @throws IllegalArgumentException for a number that no kind has */
    public static HistoryKind of(int code) {
        for (HistoryKind kind : values()) {
            if (kind.code == code) {
                return kind;
            }
        }
        throw UnknownCode.of("kind of history event", code);
    }
}
