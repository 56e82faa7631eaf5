package dev.entente.lab.reference;

/** One durable fact in a transaction's history. Times in milliseconds. */
public sealed interface RecordEntry {
    long at();

    /** A call ended. The history does not tell a settled rejected from another one. */
    record Ended(long at, String branch, String operation, AnswerKind kind) implements RecordEntry {}

    /** The pivot's call may leave. */
    record PivotCalled(long at) implements RecordEntry {}

    /** The direction was settled. */
    record Decided(long at, boolean isToUndo) implements RecordEntry {}

    record Parked(long at, boolean isByOperator) implements RecordEntry {}

    record Retried(long at) implements RecordEntry {}

    record Resumed(long at) implements RecordEntry {}

    record Stated(long at, String branch, String operation, Deed.Truth truth) implements RecordEntry {}

    /** Another coordinator took over what may have calls under way. */
    record TakenOver(long at) implements RecordEntry {}

    record ApprovalAsked(long at, String branch) implements RecordEntry {}

    record ApprovalDecided(long at, String branch, boolean isYes) implements RecordEntry {}

    record ApprovalExpired(long at, String branch) implements RecordEntry {}

    /** A delivery was given up. */
    record Dropped(long at, String branch) implements RecordEntry {}
}
