package dev.entente.torture.mutants;

import static dev.entente.torture.mutants.CorruptibleEvidence.with;

import dev.entente.torture.check.ClientAnswer;
import dev.entente.torture.check.ClientAnswer.Event;
import dev.entente.torture.check.ReportedState;
import dev.entente.torture.check.Rule;
import dev.entente.torture.check.Shape.Pattern;
import dev.entente.torture.check.TransactionReport;
import dev.entente.torture.mutants.CorruptibleEvidence.Spot;
import java.util.List;
import java.util.Map;

/** Falsifications of the records of coordinators and clients. */
final class RecordMutants {
    private RecordMutants() {}

    static final List<LedgerMutant> ALL = List.of(
            new LedgerMutant("accepted-is-gone", Rule.ACCEPTED_ENDS, it -> {
                Spot spot = accepted(it);
                it.txReports.remove(it.txReport(spot.shape()));
                it.txReports.add(TransactionReport.unknown(spot.gid()));
            }),
            new LedgerMutant(
                    "accepted-never-ends",
                    Rule.ACCEPTED_ENDS,
                    it -> it.changeReport(it.done(Pattern.SAGA), "standing", ReportedState.OPEN)),
            new LedgerMutant("parked-for-no-reason", Rule.ACCEPTED_ENDS, it -> {
                Spot spot = it.done(Pattern.SAGA);
                it.changeReport(spot, "standing", ReportedState.PARKED);
                it.changeReport(spot, "parkedBecause", "TARGET_MISCONFIGURED");
            }),
            new LedgerMutant(
                    "accepted-then-unknown",
                    Rule.ANSWERS_ARE_FINAL,
                    it -> report(it, accepted(it), Long.MAX_VALUE - 1, Event.SEEN, ReportedState.UNKNOWN)),
            new LedgerMutant(
                    "refused-and-there",
                    Rule.ANSWERS_ARE_FINAL,
                    it -> report(it, it.done(Pattern.SAGA), 1, Event.REFUSED, ReportedState.UNKNOWN)),
            new LedgerMutant("told-another-end", Rule.ANSWERS_ARE_FINAL, it -> {
                Spot spot =
                        it.spot(Pattern.SAGA, ReportedState.SUCCEEDED, one -> it.wasReported(one.shape(), Event.SEEN));
                it.reported.replaceAll(reported ->
                        reported.gid().equals(spot.gid()) && reported.standing().isEnd()
                                ? with(reported, "standing", ReportedState.ABORTED)
                                : reported);
            }),
            new LedgerMutant("ended-then-open", Rule.ANSWERS_ARE_FINAL, it -> {
                Spot spot =
                        it.spot(Pattern.SAGA, ReportedState.SUCCEEDED, one -> it.wasReported(one.shape(), Event.SEEN));
                report(it, spot, Long.MAX_VALUE - 1, Event.SEEN, ReportedState.OPEN);
            }),
            new LedgerMutant(
                    "a-commit-broken",
                    Rule.ANSWERS_ARE_FINAL,
                    it -> report(
                            it,
                            it.spot(Pattern.INTERACTIVE, ReportedState.ABORTED, _ -> true),
                            1,
                            Event.COMMITTED,
                            ReportedState.OPEN)),
            new LedgerMutant(
                    "an-abort-broken",
                    Rule.ANSWERS_ARE_FINAL,
                    it -> report(it, it.done(Pattern.SAGA), 1, Event.ABORTED, ReportedState.OPEN)),
            new LedgerMutant(
                    "his-no-taken-for-a-yes",
                    Rule.ANSWERS_ARE_FINAL,
                    it -> report(
                            it, decided(it, ReportedState.SUCCEEDED, "OK"), 1, Event.DISAPPROVED, ReportedState.OPEN)),
            new LedgerMutant(
                    "his-yes-taken-for-a-no",
                    Rule.ANSWERS_ARE_FINAL,
                    it -> report(
                            it, decided(it, ReportedState.ABORTED, "REJECTED"), 1, Event.APPROVED, ReportedState.OPEN)),
            new LedgerMutant(
                    "another-state-than-its-history",
                    Rule.REPLAY,
                    it -> it.changeReport(it.done(Pattern.SAGA), "state", "ABORTED")),
            new LedgerMutant("an-event-is-missing", Rule.REPLAY, it -> {
                TransactionReport report = it.txReport(it.done(Pattern.SAGA).shape());
                it.change(
                        it.txReports,
                        report,
                        "history",
                        report.history().stream()
                                .filter(entry -> entry.revision() != 2)
                                .toList());
            }),
            new LedgerMutant("succeeded-and-nothing-did-it", Rule.REPLAY, it -> {
                Spot spot = it.done(Pattern.SAGA);
                it.forget(spot.shape(), entry -> entry.branch().equals(spot.name()));
            }),
            new LedgerMutant(
                    "something-after-the-end",
                    Rule.REPLAY,
                    it -> it.rewrite(it.done(Pattern.SAGA).shape(), history -> history.add(history.getLast()))),
            new LedgerMutant("a-branch-otherwise", Rule.REPLAY, it -> {
                Spot spot = it.done(Pattern.SAGA);
                it.changeReport(spot, "branches", Map.of(spot.name(), "UNDONE"));
            }),
            new LedgerMutant(
                    "an-attempt-skipped",
                    Rule.REPLAY,
                    it -> it.rewrite(
                            it.done(Pattern.SAGA).shape(),
                            history -> history.replaceAll(entry -> entry.kind().equals("CALL_FINISHED")
                                    ? with(entry, "attempt", entry.attempt() + 1)
                                    : entry))));

    private static Spot accepted(CorruptibleEvidence it) {
        return it.spot(Pattern.SAGA, ReportedState.SUCCEEDED, one -> it.wasReported(one.shape(), Event.ACCEPTED));
    }

    private static void report(CorruptibleEvidence it, Spot spot, long at, Event what, ReportedState standing) {
        it.reported.add(new ClientAnswer(spot.gid(), at, at + 1, what, standing));
    }

    private static Spot decided(CorruptibleEvidence it, ReportedState standing, String outcome) {
        return it.spot(Pattern.SAGA, standing, one -> it.isRecorded(one.shape(), "APPROVAL_DECIDED", outcome));
    }
}
