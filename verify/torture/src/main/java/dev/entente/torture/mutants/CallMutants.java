package dev.entente.torture.mutants;

import static dev.entente.torture.mutants.CorruptibleEvidence.with;

import dev.entente.torture.check.ClientAnswer;
import dev.entente.torture.check.LedgerAnswer;
import dev.entente.torture.check.LedgerCall;
import dev.entente.torture.check.LedgerEffect;
import dev.entente.torture.check.ReportedState;
import dev.entente.torture.check.Rule;
import dev.entente.torture.check.Shape.Pattern;
import dev.entente.torture.check.TransactionReport;
import dev.entente.torture.mutants.CorruptibleEvidence.Pair;
import dev.entente.torture.mutants.CorruptibleEvidence.Spot;
import java.util.List;
import java.util.Objects;

/** Falsifications of the record of calls that arrived at participants, and of their answers. */
final class CallMutants {
    private CallMutants() {}

    static final List<LedgerMutant> ALL = List.of(
            new LedgerMutant("called-before-accepted", Rule.ORDER_FIRST, it -> {
                Spot spot = it.done(Pattern.SAGA);
                it.change(it.calls, it.call(spot, "action"), "at", it.acceptedAt(spot) - 60_000);
            }),
            new LedgerMutant("called-and-unknown", Rule.ORDER_FIRST, it -> {
                Spot spot = it.done(Pattern.NOTIFICATION);
                it.txReports.remove(it.txReport(spot.shape()));
                it.txReports.add(TransactionReport.unknown(spot.gid()));
            }),
            new LedgerMutant("confirm-before-commit", Rule.ORDER_FIRST, it -> {
                Spot spot = it.done(Pattern.INTERACTIVE);
                long confirmed = it.call(spot, "confirm").at();
                it.reported.replaceAll(reported ->
                        reported.gid().equals(spot.gid()) && reported.what() == ClientAnswer.Event.COMMIT_SENT
                                ? with(reported, "askedAt", confirmed + 1)
                                : reported);
            }),
            new LedgerMutant("called-after-a-no", Rule.BOTH_OR_NEITHER, it -> {
                Spot spot = it.spot(
                        Pattern.MESSAGE,
                        ReportedState.ABORTED,
                        one -> one.shape().asksBack());
                it.calls.add(new LedgerCall("any", 0, spot.gid(), spot.name(), "deliver", 1, 0, "any", ""));
            }),
            new LedgerMutant("out-of-turn", Rule.IN_ORDER, it -> {
                Pair pair = it.inOneQueue();
                long first = it.call(pair.ahead(), "deliver").at();
                it.change(it.calls, it.call(pair.next(), "deliver"), "at", first - 1);
            }),
            new LedgerMutant("next-before-the-acknowledgement", Rule.IN_ORDER, it -> {
                Pair pair = it.inOneQueue();
                long came = it.call(pair.next(), "deliver").at();
                it.delay(
                        pair.ahead().shape(),
                        entry -> entry.branch().equals(pair.ahead().name()),
                        came + 60_000);
            }),
            new LedgerMutant(
                    "a-receipt-nobody-gave",
                    Rule.RESPONSE_ON_RECORD,
                    it -> it.change(it.calls, it.call(it.reading(), "action"), "receipt", "another")),
            new LedgerMutant("two-receipts", Rule.RESPONSE_ON_RECORD, it -> {
                Spot spot = it.reading();
                String source = Objects.requireNonNull(spot.branch().readsFrom());
                LedgerEffect given =
                        it.effects(spot.gid(), source, "action").findFirst().orElseThrow();
                it.effects.add(with(with(given, "receipt", "second"), "number", given.number() - 1));
                it.calls.add(with(it.call(spot, "action"), "receipt", "second"));
            }),
            new LedgerMutant(
                    "no-receipt",
                    Rule.RESPONSE_ON_RECORD,
                    it -> it.change(it.calls, it.call(it.reading(), "action"), "receipt", "")),
            new LedgerMutant("confirmed-without-its-receipt", Rule.RESPONSE_ON_RECORD, it -> {
                Spot spot = it.spot(
                        Pattern.TCC,
                        ReportedState.SUCCEEDED,
                        one -> one.name().equals(one.branch().readsFrom()) && it.has(one, "confirm"));
                it.change(it.calls, it.call(spot, "confirm"), "receipt", "");
            }),
            new LedgerMutant(
                    "one-fence-for-two",
                    Rule.SUPERSEDED_IS_SILENT,
                    it -> it.calls.add(with(it.call(it.done(Pattern.SAGA), "action"), "caller", "somebody-else"))),
            new LedgerMutant("the-first-owner-answered-late", Rule.SUPERSEDED_IS_SILENT, it -> {
                Spot spot = it.done(Pattern.SAGA);
                LedgerAnswer newer = it.answers.stream()
                        .filter(answer -> answer.gid().equals(spot.gid())
                                && answer.branch().equals(spot.name())
                                && answer.answer().equals("OK"))
                        .findFirst()
                        .orElseThrow();
                LedgerAnswer later = with(with(newer, "fence", newer.fence() + 1), "attempt", newer.attempt() + 7);
                it.answers.add(with(later, "at", newer.at() + 1));
                it.answers.add(with(with(newer, "attempt", newer.attempt() + 8), "at", newer.at() + 2));
            }));
}
