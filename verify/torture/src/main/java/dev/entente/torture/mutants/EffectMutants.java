package dev.entente.torture.mutants;

import static dev.entente.torture.mutants.CorruptibleEvidence.with;

import dev.entente.torture.check.LedgerEffect;
import dev.entente.torture.check.LedgerTotals;
import dev.entente.torture.check.ReportedState;
import dev.entente.torture.check.Rule;
import dev.entente.torture.check.Shape;
import dev.entente.torture.check.Shape.Pattern;
import dev.entente.torture.check.TransactionReport;
import dev.entente.torture.mutants.CorruptibleEvidence.Spot;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.Stream;

/** Falsifications of the record of participants' effects, and of the ledgers' totals. */
final class EffectMutants {
    private EffectMutants() {}

    static final List<LedgerMutant> ALL = List.of(
            new LedgerMutant(
                    "succeeded-without-a-branch", Rule.ALL_OR_NOTHING, it -> it.drop(it.done(Pattern.SAGA), "action")),
            new LedgerMutant(
                    "succeeded-unconfirmed", Rule.ALL_OR_NOTHING, it -> it.drop(it.done(Pattern.TCC), "confirm")),
            new LedgerMutant(
                    "succeeded-undelivered", Rule.ALL_OR_NOTHING, it -> it.drop(it.done(Pattern.MESSAGE), "deliver")),
            new LedgerMutant(
                    "notified-nobody", Rule.ALL_OR_NOTHING, it -> it.drop(it.done(Pattern.NOTIFICATION), "deliver")),
            new LedgerMutant(
                    "half-committed", Rule.ALL_OR_NOTHING, it -> it.drop(it.done(Pattern.TWO_PHASE), "prepare")),
            new LedgerMutant("aborted-and-stands", Rule.ALL_OR_NOTHING, it -> it.drop(it.undone(), "compensate")),
            new LedgerMutant("succeeded-and-undone", Rule.ALL_OR_NOTHING, it -> {
                Spot spot = it.done(Pattern.SAGA);
                it.invent(spot, spot.name(), "compensate");
            }),
            new LedgerMutant("aborted-and-confirmed", Rule.ALL_OR_NOTHING, it -> {
                Spot spot = it.spot(Pattern.TCC, ReportedState.ABORTED, one -> it.has(one, "try"));
                it.invent(spot, spot.name(), "confirm");
            }),
            new LedgerMutant("aborted-past-its-pivot", Rule.ALL_OR_NOTHING, it -> {
                Spot spot = it.spot(
                        Pattern.SAGA, ReportedState.ABORTED, one -> one.branch().isPivot());
                it.invent(spot, spot.name(), "action");
            }),
            new LedgerMutant("unknown-and-stands", Rule.ALL_OR_NOTHING, it -> {
                Spot spot = it.spot(
                        Pattern.SAGA,
                        ReportedState.SUCCEEDED,
                        one -> it.has(one, "action") && one.branch().canBeUndone());
                it.txReports.remove(it.txReport(spot.shape()));
                it.txReports.add(TransactionReport.unknown(spot.gid()));
            }),
            new LedgerMutant("ended-and-stands-prepared", Rule.ALL_OR_NOTHING, it -> {
                Spot spot = it.spot(Pattern.TWO_PHASE, ReportedState.ABORTED, _ -> true);
                it.change(it.books, it.books.getFirst(), "standing", List.of(spot.gid()));
            }),
            new LedgerMutant("done-twice", Rule.ONCE, it -> {
                LedgerEffect effect = it.effect(it.done(Pattern.SAGA), "action");
                it.effects.add(with(effect, "number", effect.number() + 1));
            }),
            new LedgerMutant("notified-twice", Rule.ONCE, it -> {
                LedgerEffect effect = it.effect(it.done(Pattern.NOTIFICATION), "deliver");
                it.effects.add(with(effect, "number", effect.number() + 1));
            }),
            new LedgerMutant("committed-twice", Rule.ONCE, it -> it.invent(local(it), Shape.LOCAL, Shape.LOCAL)),
            new LedgerMutant(
                    "delivered-uncommitted",
                    Rule.BOTH_OR_NEITHER,
                    it -> it.effects.removeAll(it.effects(local(it).gid(), Shape.LOCAL, Shape.LOCAL)
                            .toList())),
            new LedgerMutant(
                    "committed-after-a-no",
                    Rule.BOTH_OR_NEITHER,
                    it -> it.invent(rolledBack(it), Shape.LOCAL, Shape.LOCAL)),
            new LedgerMutant("delivered-after-a-no", Rule.BOTH_OR_NEITHER, it -> {
                Spot spot = rolledBack(it);
                it.invent(spot, spot.name(), "deliver");
            }),
            new LedgerMutant(
                    "passed-by", Rule.IN_ORDER, it -> it.drop(it.inOneQueue().ahead(), "deliver")),
            new LedgerMutant("done-after-undo", Rule.UNDONE_STAYS_UNDONE, it -> {
                Spot spot = it.undone();
                LedgerEffect undo = it.effect(spot, "compensate");
                it.change(it.effects, it.effect(spot, "action"), "number", undo.number() + 1);
            }),
            new LedgerMutant("a-zombies-effect-stands", Rule.SUPERSEDED_IS_SILENT, it -> {
                Spot spot = it.spot(
                        Pattern.SAGA,
                        ReportedState.ABORTED,
                        one -> it.has(one, "compensate")
                                && neverDone(it, one).findAny().isPresent());
                LedgerEffect undo = it.effect(spot, "compensate");
                String late = neverDone(it, spot).findFirst().orElseThrow();
                it.effects.add(new LedgerEffect(
                        undo.ledger(),
                        undo.number(),
                        undo.at() + 1,
                        undo.gid(),
                        late,
                        "action",
                        1,
                        undo.fence(),
                        0,
                        ""));
                it.change(it.effects, undo, "fence", undo.fence() + 1);
            }),
            new LedgerMutant("money-from-nowhere", Rule.MONEY.title() + ":", it -> {
                LedgerTotals book = it.books.stream().findFirst().orElseThrow(NoSuchElementException::new);
                it.change(it.books, book, "cents", book.cents() + 1);
            }),
            new LedgerMutant("money-left-over", Rule.MONEY, it -> {
                LedgerEffect effect = it.effect(it.done(Pattern.TCC), "confirm");
                it.change(it.effects, effect, "cents", effect.cents() + 1);
            }));

    private static Stream<String> neverDone(CorruptibleEvidence it, Spot undone) {
        return undone.shape().branches().stream()
                .filter(branch -> branch.canBeUndone() && !it.has(new Spot(undone.shape(), branch), "action"))
                .map(Shape.BranchShape::name);
    }

    private static Spot local(CorruptibleEvidence it) {
        return it.spot(
                Pattern.MESSAGE, ReportedState.SUCCEEDED, one -> one.shape().asksBack());
    }

    private static Spot rolledBack(CorruptibleEvidence it) {
        return it.spot(
                Pattern.MESSAGE,
                ReportedState.ABORTED,
                one -> one.shape().asksBack()
                        && it.effects(one.gid(), Shape.LOCAL, Shape.LOCAL)
                                .findAny()
                                .isEmpty());
    }
}
