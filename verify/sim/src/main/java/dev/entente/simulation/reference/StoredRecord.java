package dev.entente.simulation.reference;

import java.util.List;

/**
 * The durable part of a transaction.
 *
 * @param entries its history, oldest first
 * @param isResting whether the write that put it there let the row go
 * @param isForced whether an operator ended it
 */
public record StoredRecord(Stage stage, List<RecordEntry> entries, boolean isResting, boolean isForced) {

    /** The state of the transaction. */
    public enum Stage {
        BEGUN,
        SCHEDULED,
        RUNNING,
        COMPLETING,
        UNDOING,
        SUCCEEDED,
        ABORTED,
        GIVEN_UP;

        boolean isEnd() {
            return this == SUCCEEDED || this == ABORTED || this == GIVEN_UP;
        }
    }

    /** Tells whether a success of that operation is on record, by its participant's answer or by an operator's word. */
    boolean hasSuccess(String branch, String operation) {
        return entries.stream().anyMatch(entry -> switch (entry) {
            case RecordEntry.Ended ended ->
                ended.branch().equals(branch) && ended.operation().equals(operation) && ended.kind() == AnswerKind.OK;
            case RecordEntry.Stated stated ->
                stated.branch().equals(branch)
                        && stated.operation().equals(operation)
                        && stated.truth() == Deed.Truth.DONE;
            case RecordEntry.PivotCalled _,
                    RecordEntry.Decided _,
                    RecordEntry.Parked _,
                    RecordEntry.Retried _,
                    RecordEntry.Resumed _,
                    RecordEntry.TakenOver _,
                    RecordEntry.ApprovalAsked _,
                    RecordEntry.ApprovalDecided _,
                    RecordEntry.ApprovalExpired _,
                    RecordEntry.Dropped _ -> false;
        });
    }

    /** An operator's park: whether the mark stands. */
    boolean isParkedByOperator() {
        boolean isParked = false;
        for (RecordEntry entry : entries) {
            if (entry instanceof RecordEntry.Parked parked) {
                isParked |= parked.isByOperator();
            } else if (entry instanceof RecordEntry.Retried || entry instanceof RecordEntry.Resumed) {
                isParked = false;
            }
        }
        return isParked;
    }
}
