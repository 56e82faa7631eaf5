package dev.entente.simulation.reference;

import java.util.List;
import org.jspecify.annotations.Nullable;

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

    /** Returns the entries that were not there before. */
    List<RecordEntry> since(StoredRecord before) {
        return entries.subList(Math.min(before.entries.size(), entries.size()), entries.size());
    }

    /** Tells whether a success of that operation is on record, by its participant's answer or by an operator's word. */
    boolean hasSuccess(String branch, String operation) {
        return entries.stream()
                .anyMatch(entry -> (entry instanceof RecordEntry.Ended ended
                                && ended.branch().equals(branch)
                                && ended.operation().equals(operation)
                                && ended.kind() == AnswerKind.OK)
                        || (entry instanceof RecordEntry.Stated stated
                                && stated.branch().equals(branch)
                                && stated.operation().equals(operation)
                                && stated.truth() == Request.Truth.DONE));
    }

    /** Tells whether that request, which was answered with a yes, is on record; of those that change nothing, too. */
    boolean shows(Request request) {
        return isForced
                || switch (request) {
                    case Request.Commit _ ->
                        stage == Stage.COMPLETING || stage == Stage.SUCCEEDED || stage == Stage.RUNNING;
                    case Request.Abort _ -> stage == Stage.UNDOING || stage == Stage.ABORTED || stage == Stage.GIVEN_UP;
                    case Request.Park _ ->
                        entries.stream()
                                .anyMatch(entry -> entry instanceof RecordEntry.Parked parked && parked.isByOperator());
                    case Request.Approve yes ->
                        entries.stream()
                                .anyMatch(entry -> (entry instanceof RecordEntry.ApprovalDecided decided
                                                && decided.branch().equals(yes.branch())
                                                && decided.isYes() == yes.isYes())
                                        || (entry instanceof RecordEntry.ApprovalExpired expired
                                                && expired.branch().equals(yes.branch())));
                    case Request.State state ->
                        entries.stream()
                                .anyMatch(entry -> entry instanceof RecordEntry.Stated stated
                                        && stated.branch().equals(state.branch())
                                        && stated.operation().equals(state.operation())
                                        && stated.truth() == state.truth());
                    case Request.Force _ -> stage.isEnd();
                    case Request.Register _, Request.Retry _, Request.Resume _, Request.Skip _, Request.Drop _ -> true;
                };
    }

    /** An operator's park: whether the mark stands. */
    boolean isParkedByOperator() {
        return parkedAt() != null;
    }

    /** An operator's park: since when the mark stands, by its coordinator's clock; null where none does. */
    @Nullable
    Long parkedAt() {
        Long since = null;
        for (RecordEntry entry : entries) {
            if (entry instanceof RecordEntry.Parked parked && parked.isByOperator() && since == null) {
                since = parked.at();
            } else if (entry instanceof RecordEntry.Retried || entry instanceof RecordEntry.Resumed) {
                since = null;
            }
        }
        return since;
    }
}
