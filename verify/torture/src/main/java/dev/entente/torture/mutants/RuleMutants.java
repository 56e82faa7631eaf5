package dev.entente.torture.mutants;

import static dev.entente.torture.mutants.CorruptibleEvidence.with;
import static dev.entente.torture.mutants.LedgerMutant.against;

import dev.entente.torture.check.LedgerCall;
import dev.entente.torture.check.ReportedState;
import dev.entente.torture.check.Shape.Pattern;
import dev.entente.torture.check.TransactionReport.Entry;
import dev.entente.torture.mutants.CorruptibleEvidence.Spot;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Falsified evidence that the reference must detect: the order of calls, decisions, approvals and final states. */
final class RuleMutants {
    private static final String NOT_ORDERED = "Who is completed 4";
    private static final long LONG_BEFORE = 60_000;

    private RuleMutants() {}

    static final List<LedgerMutant> ALL = List.of(
            against(NOT_ORDERED, "undo-without-order", it -> {
                Spot spot = it.spot(
                        Pattern.SAGA,
                        ReportedState.SUCCEEDED,
                        one -> it.has(one, "action") && one.branch().canBeUndone());
                it.calls.add(with(it.call(spot, "action"), "op", "compensate"));
            }),
            against(
                    NOT_ORDERED,
                    "confirm-without-order",
                    it -> it.forget(it.done(Pattern.TCC).shape(), RuleMutants::isDecided)),
            against(NOT_ORDERED, "confirm-before-its-order", it -> {
                LedgerCall call = it.call(it.done(Pattern.TCC), "confirm");
                it.change(it.calls, call, "at", call.at() - LONG_BEFORE);
            }),
            against(
                    NOT_ORDERED,
                    "confirm-and-cancel",
                    it -> it.calls.add(with(it.call(it.done(Pattern.TCC), "confirm"), "op", "cancel"))),
            against(NOT_ORDERED, "decided-after-the-undo", it -> {
                Spot spot = it.undone();
                long undone = it.call(spot, "compensate").at();
                it.delay(spot.shape(), RuleMutants::isDecided, undone + LONG_BEFORE);
            }),
            against("Who is undone 5", "undone-out-of-order", it -> {
                Spot earlier = it.spot(
                        Pattern.SAGA,
                        ReportedState.ABORTED,
                        one -> it.isSequence(one) && it.has(one, "compensate") && laterUndone(it, one) != null);
                it.dropAnswers(Objects.requireNonNull(laterUndone(it, earlier)), "compensate");
            }),
            against("Who is completed 3", "confirmed-out-of-order", it -> {
                Spot child = it.spot(
                        Pattern.TCC,
                        ReportedState.SUCCEEDED,
                        one -> one.name().contains("/") && it.has(one, "confirm"));
                String parent = child.name().substring(0, child.name().lastIndexOf('/'));
                it.dropAnswers(
                        new Spot(child.shape(), child.shape().branch(parent).orElseThrow()), "confirm");
            }),
            against(
                    "Forward 2",
                    "called-unapproved",
                    it -> it.forget(it.gated().shape(), entry -> entry.kind().startsWith("APPROVAL_"))),
            against("Forward 2", "called-before-the-approval", it -> {
                Spot spot = it.gated();
                it.delay(
                        spot.shape(),
                        entry -> entry.kind().startsWith("APPROVAL_"),
                        it.call(spot, "action").at() + LONG_BEFORE);
            }),
            against("Forward 3", "pivot-before-its-record", it -> {
                Spot spot = it.spot(
                        Pattern.SAGA,
                        ReportedState.SUCCEEDED,
                        one -> one.branch().isPivot()
                                && !it.isFirst(one)
                                && it.isRecorded(one.shape(), "PIVOT_CALLED", "OUTCOME_UNSPECIFIED")
                                && it.has(one, "action"));
                long called = it.call(spot, "action").at();
                it.delay(spot.shape(), entry -> entry.kind().equals("PIVOT_CALLED"), called + LONG_BEFORE);
            }),
            against("Forward 5", "receipt-before-its-record", it -> {
                Spot spot = it.reading();
                long carried = it.call(spot, "action").at();
                it.delay(
                        spot.shape(),
                        entry -> entry.kind().equals("CALL_FINISHED")
                                && entry.branch().equals(spot.branch().readsFrom()),
                        carried + LONG_BEFORE);
            }),
            against("Words", "recorded-and-nobody-answered", it -> it.dropAnswers(it.done(Pattern.SAGA), "action")),
            against(
                    "Ends",
                    "given-up-though-taken",
                    it -> it.rewrite(
                            it.done(Pattern.NOTIFICATION).shape(),
                            history -> history.replaceAll(
                                    entry -> entry.stateAfter().equals("SUCCEEDED")
                                            ? with(entry, "stateAfter", "GIVEN_UP")
                                            : entry))));

    private static boolean isDecided(Entry entry) {
        return entry.kind().equals("DECIDED");
    }

    private static @Nullable Spot laterUndone(CorruptibleEvidence it, Spot earlier) {
        return earlier.shape().branches().stream()
                .dropWhile(branch -> !branch.equals(earlier.branch()))
                .skip(1)
                .map(branch -> new Spot(earlier.shape(), branch))
                .filter(later -> it.has(later, "compensate"))
                .findFirst()
                .orElse(null);
    }
}
