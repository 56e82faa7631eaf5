package dev.entente.simulation.reference;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The durable part of a transaction.
 *
 * @param entries the history, oldest first
 * @param isResting whether the write of this record released the row
 * @param isForced whether an operator forced the end
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

    /** Returns the entries that are new since the earlier record. */
    List<RecordEntry> since(StoredRecord before) {
        return entries.subList(Math.min(before.entries.size(), entries.size()), entries.size());
    }

    /** Returns whether a success of that operation is on record, as an answer or as an operator's statement. */
    boolean hasSuccess(String branch, String operation) {
        return entries.stream()
                .anyMatch(entry -> (entry instanceof RecordEntry.Ended ended
                                && ended.branch().equals(branch)
                                && ended.operation().equals(operation)
                                && ended.kind() == OutcomeKind.OK)
                        || (entry instanceof RecordEntry.Stated stated
                                && stated.branch().equals(branch)
                                && stated.operation().equals(operation)
                                && stated.truth() == Request.Truth.DONE));
    }

    /** Returns whether an accepted request is on record; always true for a kind that may change nothing. */
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

    /** Returns whether an operator's park is in effect ("An operator's park"). */
    boolean isParkedByOperator() {
        return parkedAt() != null;
    }

    /** Returns the time of the operator's park in effect, by its coordinator's clock; null if there is none. */
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
