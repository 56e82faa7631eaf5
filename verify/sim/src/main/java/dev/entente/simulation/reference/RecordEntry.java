package dev.entente.simulation.reference;

/** One durable fact in a transaction's history. Times in milliseconds. */
public sealed interface RecordEntry {
    long at();

    /** A call ended. The history does not distinguish a settled rejected from another rejected. */
    record Ended(long at, String branch, String operation, OutcomeKind kind) implements RecordEntry {}

    /** The pivot's call may leave. */
    record PivotCalled(long at) implements RecordEntry {}

    /** The direction was decided. */
    record Decided(long at, boolean isToUndo) implements RecordEntry {}

    /** The transaction was parked. */
    record Parked(long at, boolean isByOperator) implements RecordEntry {}

    /** An operator's retry was accepted. */
    record Retried(long at) implements RecordEntry {}

    /** An operator lifted the park. */
    record Resumed(long at) implements RecordEntry {}

    /** An operator stated what happened to an operation. */
    record Stated(long at, String branch, String operation, Request.Truth truth) implements RecordEntry {}

    /** Another coordinator took over a transaction that may have calls in flight. */
    record TakenOver(long at) implements RecordEntry {}

    /** A person was asked. */
    record ApprovalAsked(long at, String branch) implements RecordEntry {}

    /** A person answered. */
    record ApprovalDecided(long at, String branch, boolean isYes) implements RecordEntry {}

    /** The time for an answer expired. */
    record ApprovalExpired(long at, String branch) implements RecordEntry {}

    /** A delivery was given up. */
    record Dropped(long at, String branch) implements RecordEntry {}
}
