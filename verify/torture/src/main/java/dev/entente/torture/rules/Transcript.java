package dev.entente.torture.rules;

import dev.entente.simulation.reference.FinalEvidence.Step;
import dev.entente.simulation.reference.OutcomeKind;
import dev.entente.simulation.reference.RecordEntry;
import dev.entente.simulation.reference.Request;
import dev.entente.simulation.reference.StoredRecord.Stage;
import dev.entente.torture.check.TransactionReport;
import dev.entente.torture.check.TransactionReport.Entry;
import org.jspecify.annotations.Nullable;

/** The translation of a history into the reference's terms. It transfers facts only, no conclusions. */
final class Transcript {
    private Transcript() {}

    /** Returns the time of the acceptance in the history, or else of the row, in milliseconds since the epoch. */
    static long acceptedAt(TransactionReport report) {
        return report.history().isEmpty()
                ? report.createdAt()
                : report.history().getFirst().at();
    }

    static Step step(Entry entry) {
        return new Step(entry.at(), Stage.valueOf(entry.stateAfter()), recorded(entry));
    }

    private static @Nullable RecordEntry recorded(Entry entry) {
        long at = entry.at();
        String branch = entry.branch();
        return switch (entry.kind()) {
            case "CALL_FINISHED" -> new RecordEntry.Ended(at, branch, entry.op(), kind(entry));
            case "PIVOT_CALLED" -> new RecordEntry.PivotCalled(at);
            case "DECIDED" -> new RecordEntry.Decided(at, entry.stateAfter().equals("UNDOING"));
            case "PARKED" -> new RecordEntry.Parked(at, entry.isByOperator());
            case "RETRIED" -> new RecordEntry.Retried(at);
            case "RESUMED" -> new RecordEntry.Resumed(at);
            case "RESOLVED" ->
                new RecordEntry.Stated(
                        at,
                        branch,
                        entry.op(),
                        Request.Truth.valueOf(entry.detail().split(": ", 2)[0]));
            case "ADOPTED" -> new RecordEntry.TakenOver(at);
            case "APPROVAL_ASKED" -> new RecordEntry.ApprovalAsked(at, branch);
            case "APPROVAL_DECIDED" ->
                new RecordEntry.ApprovalDecided(at, branch, entry.outcome().equals("OK"));
            case "APPROVAL_EXPIRED" -> new RecordEntry.ApprovalExpired(at, branch);
            case "DROPPED" -> new RecordEntry.Dropped(at, branch);
            default -> null;
        };
    }

    /** Returns the answer of an event. A try whose answer left out its child counts as successful. */
    private static OutcomeKind kind(Entry entry) {
        return switch (entry.isChildLeftOut() ? "OK" : entry.outcome()) {
            case "OK" -> OutcomeKind.OK;
            case "REJECTED" -> OutcomeKind.REJECTED;
            case "FAILED" -> OutcomeKind.FAILED;
            case "IN_PROGRESS" -> OutcomeKind.IN_PROGRESS;
            case "MISCONFIGURED" -> OutcomeKind.MISCONFIGURED;
            default -> OutcomeKind.SILENCE;
        };
    }
}
