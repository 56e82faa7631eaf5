package dev.entente.faults.mutants;

import dev.entente.faults.check.Book;
import dev.entente.faults.check.LedgerEffect;
import dev.entente.faults.check.Rule;
import dev.entente.faults.check.Shape;
import dev.entente.faults.check.Shape.Pattern;
import dev.entente.faults.check.Standing;
import java.util.List;
import java.util.Set;

/** Falsifies the record of participants' effects. */
final class EffectLies {
    private EffectLies() {}

    static final List<LedgerMutant> ALL = List.of(
            new LedgerMutant("succeeded-without-a-branch", Rule.ALL_OR_NOTHING, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                it.drop(it.effect(shape, "debit", "action"));
            }),
            new LedgerMutant("succeeded-unconfirmed", Rule.ALL_OR_NOTHING, it -> {
                Shape shape = it.find(Pattern.TCC, Standing.SUCCEEDED);
                it.drop(it.effect(shape, "credit", "confirm"));
            }),
            new LedgerMutant(
                    "aborted-and-stands",
                    Rule.ALL_OR_NOTHING,
                    it -> it.drop(it.effect(it.undone(), "debit", "compensate"))),
            new LedgerMutant("undone-out-of-order", Rule.IN_ORDER, it -> {
                Shape shape = it.find(
                        Pattern.SAGA,
                        Standing.ABORTED,
                        one -> it.isExact()
                                && one.order().getOrDefault("s1", Set.of()).contains("s0")
                                && it.hasEffect(one, "s0", "compensate")
                                && it.hasEffect(one, "s1", "compensate"));
                LedgerEffect undo = it.effect(shape, "s0", "compensate");
                it.replace(
                        undo,
                        Edits.at(undo, it.effect(shape, "s1", "compensate").at() - 1));
            }),
            new LedgerMutant("confirmed-out-of-order", Rule.IN_ORDER, it -> {
                Shape shape = it.find(
                        Pattern.TCC,
                        Standing.SUCCEEDED,
                        one -> it.isExact()
                                && one.order().getOrDefault("b1", Set.of()).contains("b0"));
                LedgerEffect confirm = it.effect(shape, "b1", "confirm");
                it.replace(
                        confirm,
                        Edits.at(confirm, it.effect(shape, "b0", "confirm").at() - 1));
            }),
            new LedgerMutant("succeeded-and-undone", Rule.ALL_OR_NOTHING, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                it.add(Edits.as(it.effect(shape, "debit", "action"), "compensate", 1));
            }),
            new LedgerMutant("aborted-and-confirmed", Rule.ALL_OR_NOTHING, it -> {
                Shape shape = it.find(Pattern.TCC, Standing.ABORTED, one -> it.hasEffect(one, "debit", "try"));
                it.add(Edits.as(it.effect(shape, "debit", "try"), "confirm", 1));
            }),
            new LedgerMutant("half-committed", Rule.ALL_OR_NOTHING, it -> {
                Shape shape = it.find(Pattern.TWO_PHASE, Standing.SUCCEEDED);
                it.drop(it.effect(shape, shape.branches().getLast().name(), "prepare"));
            }),
            new LedgerMutant("ended-and-stands-prepared", Rule.ALL_OR_NOTHING, it -> {
                Shape shape = it.find(Pattern.TWO_PHASE, Standing.ABORTED);
                it.changeBook(book -> new Book(
                        book.ledger(), book.openingCents(), book.cents(), book.setAsideCents(), List.of(shape.gid())));
            }),
            new LedgerMutant("done-twice", Rule.ONCE, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                it.add(Edits.as(it.effect(shape, "debit", "action"), "action", 1));
            }),
            new LedgerMutant("done-after-undo", Rule.UNDONE_STAYS_UNDONE, it -> {
                Shape shape = it.undone();
                LedgerEffect undo = it.effect(shape, "debit", "compensate");
                LedgerEffect action = it.effect(shape, "debit", "action");
                it.replace(action, Edits.numbered(action, undo.number() + 1));
            }),
            new LedgerMutant("a-zombies-effect-stands", Rule.SUPERSEDED_IS_SILENT, it -> {
                Shape shape = it.undone();
                LedgerEffect undo = it.effect(shape, "debit", "compensate");
                LedgerEffect late = Edits.as(undo, "action", 5);
                it.add(new LedgerEffect(
                        late.ledger(),
                        late.number(),
                        undo.at() + 1,
                        late.gid(),
                        "credit",
                        "action",
                        1,
                        undo.fence(),
                        -late.cents(),
                        ""));
                it.replace(undo, Edits.fenced(undo, undo.fence() + 1));
            }),
            new LedgerMutant(
                    "money-from-nowhere",
                    Rule.MONEY,
                    it -> it.changeBook(book -> new Book(
                            book.ledger(),
                            book.openingCents(),
                            book.cents() + 1,
                            book.setAsideCents(),
                            book.standing()))),
            new LedgerMutant("money-left-over", Rule.MONEY, it -> {
                Shape shape = it.find(Pattern.TCC, Standing.SUCCEEDED);
                LedgerEffect effect = it.effect(shape, "credit", "confirm");
                it.replace(effect, Edits.worth(effect, effect.cents() + 1));
            }));
}
