package dev.entente.faults.mutants;

import dev.entente.faults.check.ClientAnswer;
import dev.entente.faults.check.LedgerCall;
import dev.entente.faults.check.LedgerEffect;
import dev.entente.faults.check.NetworkObservation.Flight;
import dev.entente.faults.check.NetworkObservation.Standstill;
import dev.entente.faults.check.Rule;
import dev.entente.faults.check.Shape;
import dev.entente.faults.check.Shape.BranchShape;
import dev.entente.faults.check.Shape.Gate;
import dev.entente.faults.check.Shape.Pattern;
import dev.entente.faults.check.Standing;
import dev.entente.faults.check.TransactionReport.Entry;
import java.util.List;
import java.util.stream.Stream;

/** Falsifies the record of waits for people, or for a point of no return. */
final class PeopleLies {
    private static final String ACTION = "action";
    private static final String ANSWERED = "APPROVAL_DECIDED";

    private PeopleLies() {}

    static final List<LedgerMutant> ALL = List.of(
            new LedgerMutant("called-unapproved", Rule.APPROVED_FIRST, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED, PeopleLies::hasGate);
                it.forget(shape, entry -> entry.kind().startsWith("APPROVAL_"));
            }),
            new LedgerMutant("called-before-the-approval", Rule.APPROVED_FIRST, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED, PeopleLies::hasGate);
                LedgerCall call = it.call(shape, gated(shape).name(), ACTION);
                it.replace(call, Edits.at(call, it.acceptedAt(shape) - 60_000));
            }),
            new LedgerMutant("called-after-his-no", Rule.APPROVED_FIRST, it -> {
                Shape shape = it.find(
                        Pattern.SAGA,
                        Standing.ABORTED,
                        one -> denied(it, one).findAny().isPresent());
                String branch = denied(it, shape).findFirst().orElseThrow().name();
                it.add(new LedgerCall("any", Long.MAX_VALUE / 2, shape.gid(), branch, ACTION, 1, 0, "any", false, ""));
            }),
            new LedgerMutant("his-no-taken-for-a-yes", Rule.ANSWERS_STAND, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED, one -> hasGate(one) && answered(it, one, "OK"));
                it.add(new ClientAnswer(shape.gid(), 1, 2, ClientAnswer.What.DISAPPROVED, Standing.OPEN));
            }),
            new LedgerMutant("his-yes-taken-for-a-no", Rule.ANSWERS_STAND, it -> {
                Shape shape =
                        it.find(Pattern.SAGA, Standing.ABORTED, one -> hasGate(one) && answered(it, one, "REJECTED"));
                it.add(new ClientAnswer(shape.gid(), 1, 2, ClientAnswer.What.APPROVED, Standing.OPEN));
            }),
            new LedgerMutant("aborted-past-its-pivot", Rule.ALL_OR_NOTHING, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.ABORTED, PeopleLies::hasPivot);
                it.add(new LedgerEffect(
                        "any",
                        Long.MAX_VALUE,
                        Long.MAX_VALUE,
                        shape.gid(),
                        pivot(shape).name(),
                        ACTION,
                        1,
                        0,
                        0,
                        ""));
            }),
            new LedgerMutant("pivot-before-its-record", Rule.ORDER_FIRST, it -> {
                Shape shape = it.find(
                        Pattern.SAGA,
                        Standing.SUCCEEDED,
                        one -> hasPivot(one)
                                && it.dossier(one).history().stream().anyMatch(PeopleLies::isPivotCalled));
                long called = it.call(shape, pivot(shape).name(), ACTION).at();
                it.changeHistory(shape, PeopleLies::isPivotCalled, entry -> Edits.at(entry, called + 60_000));
            }),
            new LedgerMutant("receipt-before-its-record", Rule.RESPONSE_ON_RECORD, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                long carried = it.call(shape, "credit", ACTION).at();
                it.changeHistory(
                        shape,
                        entry -> entry.kind().equals("CALL_FINISHED")
                                && entry.branch().equals("debit"),
                        entry -> Edits.at(entry, carried + 60_000));
            }),
            new LedgerMutant("stated-while-under-way", Rule.STATED_WHEN_QUIET, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                Entry last = it.dossier(shape).history().getLast();
                it.changeHistory(shape, last::equals, entry -> Edits.kind(entry, "RESOLVED"));
                it.add(new Flight(shape.gid(), "debit", ACTION, last.at() - 1, last.at() + 2));
            }),
            new LedgerMutant("moved-before-its-release", Rule.RELEASED_FIRST, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED, one -> it.lastAt(one) > it.acceptedAt(one) + 1);
                it.add(new Standstill(it.acceptedAt(shape) + 1, Long.MAX_VALUE));
            }));

    private static boolean hasGate(Shape shape) {
        return shape.branches().stream().anyMatch(branch -> branch.gate() != null);
    }

    private static BranchShape gated(Shape shape) {
        return shape.branches().stream()
                .filter(branch -> branch.gate() != null)
                .findFirst()
                .orElseThrow();
    }

    /** The branches behind an approval that was denied. */
    private static Stream<BranchShape> denied(CorruptibleEvidence it, Shape shape) {
        return shape.branches().stream().filter(branch -> {
            Gate gate = branch.gate();
            return gate != null
                    && it.dossier(shape).history().stream()
                            .anyMatch(entry -> entry.kind().equals(ANSWERED)
                                    && entry.branch().equals(gate.name())
                                    && entry.outcome().equals("REJECTED"));
        });
    }

    private static boolean hasPivot(Shape shape) {
        return shape.branches().stream().anyMatch(BranchShape::isPivot);
    }

    private static BranchShape pivot(Shape shape) {
        return shape.branches().stream()
                .filter(BranchShape::isPivot)
                .findFirst()
                .orElseThrow();
    }

    private static boolean isPivotCalled(Entry entry) {
        return entry.kind().equals("PIVOT_CALLED");
    }

    private static boolean answered(CorruptibleEvidence it, Shape shape, String outcome) {
        return it.dossier(shape).history().stream()
                .anyMatch(entry ->
                        entry.kind().equals(ANSWERED) && entry.outcome().equals(outcome));
    }
}
