package dev.entente.faults.rules;

import com.google.protobuf.Timestamp;
import dev.entente.simulation.reference.Aftermath.Step;
import dev.entente.simulation.reference.AnswerKind;
import dev.entente.simulation.reference.Deed;
import dev.entente.simulation.reference.RecordEntry;
import dev.entente.simulation.reference.StoredRecord.Stage;
import dev.entente.v1.Call;
import dev.entente.v1.HistoryEvent;
import dev.entente.v1.Transaction;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A transaction's history as whoever asks is told, in the words of the reference. It takes over facts, and no
 * conclusions.
 *
 * @param acceptedAt in milliseconds since the epoch, as the history has it
 * @param acceptedWithinMillis how much later its row was written: from when a deadline counts is one or the other
 * @param isForced whether an operator ended it
 * @param joined the branches that were registered
 */
public record Transcript(
        long acceptedAt, long acceptedWithinMillis, boolean isForced, List<Step> steps, Set<String> joined) {

    public static Transcript of(Transaction transaction) {
        long createdAt = millis(transaction.getCreateTime());
        long acceptedAt = transaction.getHistoryCount() == 0
                ? createdAt
                : millis(transaction.getHistory(0).getTime());
        return new Transcript(
                acceptedAt,
                Math.abs(createdAt - acceptedAt),
                transaction.getForced(),
                transaction.getHistoryList().stream().map(Transcript::step).toList(),
                transaction.getHistoryList().stream()
                        .filter(event -> event.getKind().equals("BRANCH_REGISTERED"))
                        .map(HistoryEvent::getBranch)
                        .collect(Collectors.toUnmodifiableSet()));
    }

    private static long millis(Timestamp time) {
        return time.getSeconds() * 1000 + time.getNanos() / 1_000_000;
    }

    private static Step step(HistoryEvent event) {
        return new Step(
                millis(event.getTime()), Stage.valueOf(event.getStateAfter().name()), entry(event));
    }

    private static @Nullable RecordEntry entry(HistoryEvent event) {
        long at = millis(event.getTime());
        String branch = event.getBranch();
        return switch (event.getKind()) {
            case "CALL_FINISHED" -> new RecordEntry.Ended(at, branch, event.getOp(), kind(event));
            case "PIVOT_CALLED" -> new RecordEntry.PivotCalled(at);
            case "DECIDED" -> new RecordEntry.Decided(at, event.getStateAfter() == Transaction.State.UNDOING);
            case "PARKED" -> new RecordEntry.Parked(at, !event.getActor().isEmpty());
            case "RETRIED" -> new RecordEntry.Retried(at);
            case "RESUMED" -> new RecordEntry.Resumed(at);
            case "RESOLVED" -> new RecordEntry.Stated(at, branch, event.getOp(), Deed.Truth.valueOf(event.getDetail()));
            case "ADOPTED" -> new RecordEntry.TakenOver(at);
            case "APPROVAL_ASKED" -> new RecordEntry.ApprovalAsked(at, branch);
            case "APPROVAL_DECIDED" ->
                new RecordEntry.ApprovalDecided(at, branch, event.getOutcome() == Call.Outcome.OK);
            case "APPROVAL_EXPIRED" -> new RecordEntry.ApprovalExpired(at, branch);
            case "DROPPED" -> new RecordEntry.Dropped(at, branch);
            default -> null;
        };
    }

    /** Reads the answer of an event. A participant that left its child out has said yes. */
    private static AnswerKind kind(HistoryEvent event) {
        return event.getChildLeftOut() ? AnswerKind.OK : kind(event.getOutcome());
    }

    private static AnswerKind kind(Call.Outcome outcome) {
        return switch (outcome) {
            case OK -> AnswerKind.OK;
            case REJECTED -> AnswerKind.REJECTED;
            case FAILED -> AnswerKind.FAILED;
            case IN_PROGRESS -> AnswerKind.IN_PROGRESS;
            case MISCONFIGURED -> AnswerKind.MISCONFIGURED;
            case UNKNOWN, OUTCOME_UNSPECIFIED, UNRECOGNIZED -> AnswerKind.SILENCE;
        };
    }
}
