package dev.entente.faults.mutants;

import dev.entente.faults.check.Book;
import dev.entente.faults.check.Checker;
import dev.entente.faults.check.Dossier;
import dev.entente.faults.check.Dossier.Entry;
import dev.entente.faults.check.Evidence;
import dev.entente.faults.check.LedgerCall;
import dev.entente.faults.check.LedgerEffect;
import dev.entente.faults.check.Rule;
import dev.entente.faults.check.Shape;
import dev.entente.faults.check.Shape.Pattern;
import dev.entente.faults.check.Standing;
import dev.entente.faults.check.Told;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.Consumer;

/**
 * One way in which a run can be bad, done to the evidence of a good one: a lie in one ledger, one answer or one history.
 *
 * @param name such as {@code done-after-undo}
 * @param rule which it breaks
 */
public record LedgerMutant(String name, Rule rule, Consumer<Spoiling> lie) {
    private static final List<LedgerMutant> ALL = List.of(
            new LedgerMutant("accepted-is-gone", Rule.ACCEPTED_ENDS, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                it.change(shape, before -> Dossier.unknown(before.gid()));
            }),
            new LedgerMutant("accepted-never-ends", Rule.ACCEPTED_ENDS, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                it.change(shape, before -> Spoiling.standing(before, Standing.OPEN));
            }),
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
                    it -> it.drop(it.effect(undone(it), "debit", "compensate"))),
            new LedgerMutant("succeeded-and-undone", Rule.ALL_OR_NOTHING, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                it.add(as(it.effect(shape, "debit", "action"), "compensate", 1));
            }),
            new LedgerMutant("aborted-and-confirmed", Rule.ALL_OR_NOTHING, it -> {
                Shape shape = it.find(Pattern.TCC, Standing.ABORTED, one -> it.hasEffect(one, "debit", "try"));
                it.add(as(it.effect(shape, "debit", "try"), "confirm", 1));
            }),
            new LedgerMutant("half-committed", Rule.ALL_OR_NOTHING, it -> {
                Shape shape = it.find(Pattern.TWO_PHASE, Standing.SUCCEEDED);
                it.drop(it.effect(shape, "credit", "prepare"));
            }),
            new LedgerMutant("ended-and-stands-prepared", Rule.ALL_OR_NOTHING, it -> {
                Shape shape = it.find(Pattern.TWO_PHASE, Standing.ABORTED);
                it.changeBook(book -> new Book(
                        book.ledger(), book.openingCents(), book.cents(), book.setAsideCents(), List.of(shape.gid())));
            }),
            new LedgerMutant("done-twice", Rule.ONCE, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                it.add(as(it.effect(shape, "debit", "action"), "action", 1));
            }),
            new LedgerMutant("undo-without-order", Rule.ORDER_FIRST, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                it.add(as(it.call(shape, "debit", "action"), "compensate"));
            }),
            new LedgerMutant("confirm-without-order", Rule.ORDER_FIRST, it -> {
                Shape shape = it.find(Pattern.TCC, Standing.SUCCEEDED);
                it.change(
                        shape,
                        before -> Spoiling.withHistory(
                                before,
                                Spoiling.without(
                                        before.history(), entry -> entry.kind().equals("DECIDED"))));
            }),
            new LedgerMutant("confirm-before-try", Rule.ORDER_FIRST, it -> {
                Shape shape = it.find(Pattern.TCC, Standing.SUCCEEDED);
                LedgerCall call = it.call(shape, "confirm");
                it.replace(call, at(call, it.effect(shape, "debit", "try").at() - 1));
            }),
            new LedgerMutant("confirm-before-commit", Rule.ORDER_FIRST, it -> {
                Shape shape = it.find(Pattern.INTERACTIVE, Standing.SUCCEEDED);
                long confirmed = it.call(shape, "confirm").at();
                it.changeTold(
                        told -> told.gid().equals(shape.gid()) && told.what() == Told.What.COMMIT_SENT,
                        told -> new Told(told.gid(), confirmed + 1, confirmed + 1, told.what(), told.standing()));
            }),
            new LedgerMutant("confirm-and-cancel", Rule.ORDER_FIRST, it -> {
                Shape shape = it.find(Pattern.TCC, Standing.SUCCEEDED);
                it.add(as(it.call(shape, "debit", "confirm"), "cancel"));
            }),
            new LedgerMutant("done-after-undo", Rule.UNDONE_STAYS_UNDONE, it -> {
                Shape shape = undone(it);
                LedgerEffect undo = it.effect(shape, "debit", "compensate");
                LedgerEffect action = it.effect(shape, "debit", "action");
                it.replace(action, numbered(action, undo.number() + 1));
            }),
            new LedgerMutant("a-receipt-nobody-gave", Rule.RESPONSE_ON_RECORD, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                LedgerCall call = it.call(shape, "credit", "action");
                it.replace(call, carrying(call, "another"));
            }),
            new LedgerMutant("two-receipts", Rule.RESPONSE_ON_RECORD, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                LedgerEffect given = it.effect(shape, "debit", "action");
                it.add(receipt(numbered(as(given, "action", 0), given.number() - 1), "second"));
                it.add(carrying(it.call(shape, "credit", "action"), "second"));
            }),
            new LedgerMutant("no-receipt", Rule.RESPONSE_ON_RECORD, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                LedgerCall call = it.call(shape, "credit", "action");
                it.replace(call, carrying(call, ""));
            }),
            new LedgerMutant("decided-after-the-undo", Rule.ORDER_FIRST, it -> {
                Shape shape = undone(it);
                long undone = it.call(shape, "debit", "compensate").at();
                it.change(
                        shape,
                        before -> Spoiling.withHistory(
                                before,
                                before.history().stream()
                                        .map(entry -> entry.kind().equals("DECIDED") ? at(entry, undone + 5000) : entry)
                                        .toList()));
            }),
            new LedgerMutant("called-before-accepted", Rule.ORDER_FIRST, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                LedgerCall call = it.call(shape, "debit", "action");
                it.replace(call, at(call, call.at() - 60_000));
            }),
            new LedgerMutant("a-call-from-the-dead", Rule.SUPERSEDED_IS_SILENT, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                LedgerCall call = it.call(shape, "debit", "action");
                it.replace(
                        call,
                        new LedgerCall(
                                call.ledger(),
                                call.at(),
                                call.gid(),
                                call.branch(),
                                call.op(),
                                call.attempt(),
                                call.fence(),
                                call.caller(),
                                true,
                                call.receipt()));
            }),
            new LedgerMutant("accepted-then-unknown", Rule.ANSWERS_STAND, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED, one -> it.wasTold(one, Told.What.ACCEPTED));
                it.add(new Told(shape.gid(), Long.MAX_VALUE - 1, Long.MAX_VALUE, Told.What.SEEN, Standing.UNKNOWN));
            }),
            new LedgerMutant("refused-and-there", Rule.ANSWERS_STAND, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                it.add(new Told(shape.gid(), 1, 2, Told.What.REFUSED, Standing.UNKNOWN));
            }),
            new LedgerMutant("one-fence-for-two", Rule.SUPERSEDED_IS_SILENT, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                it.add(by(it.call(shape, "credit", "action"), "somebody-else"));
            }),
            new LedgerMutant("a-zombies-effect-stands", Rule.SUPERSEDED_IS_SILENT, it -> {
                Shape shape = undone(it);
                LedgerEffect undo = it.effect(shape, "debit", "compensate");
                LedgerEffect late = as(undo, "action", 5);
                it.add(new LedgerEffect(
                        late.ledger(),
                        late.number(),
                        undo.at() + 1,
                        late.gid(),
                        "credit",
                        "action",
                        1,
                        Math.max(1, undo.fence() - 1),
                        -late.cents(),
                        ""));
                it.replace(undo, fenced(undo, undo.fence() + 1));
            }),
            new LedgerMutant("told-another-end", Rule.ANSWERS_STAND, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED, one -> it.wasTold(one, Told.What.SEEN));
                it.changeTold(
                        told -> told.gid().equals(shape.gid())
                                && told.standing().isEnd(),
                        told -> new Told(told.gid(), told.askedAt(), told.answeredAt(), told.what(), Standing.ABORTED));
            }),
            new LedgerMutant("ended-then-open", Rule.ANSWERS_STAND, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED, one -> it.wasTold(one, Told.What.SEEN));
                it.add(new Told(shape.gid(), Long.MAX_VALUE - 1, Long.MAX_VALUE, Told.What.SEEN, Standing.OPEN));
            }),
            new LedgerMutant("a-commit-broken", Rule.ANSWERS_STAND, it -> {
                Shape shape = it.find(Pattern.INTERACTIVE, Standing.ABORTED);
                it.add(new Told(shape.gid(), 1, 2, Told.What.COMMITTED, Standing.OPEN));
            }),
            new LedgerMutant("an-abort-broken", Rule.ANSWERS_STAND, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                it.add(new Told(shape.gid(), 1, 2, Told.What.ABORTED, Standing.OPEN));
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
                it.replace(effect, worth(effect, effect.cents() + 1));
            }),
            new LedgerMutant("another-state-than-its-history", Rule.REPLAY, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                it.change(shape, before -> Spoiling.withState(before, "ABORTED"));
            }),
            new LedgerMutant("an-event-is-missing", Rule.REPLAY, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                it.change(shape, before -> {
                    List<Entry> history = new ArrayList<>(before.history());
                    history.remove(1);
                    return Spoiling.withHistory(before, history);
                });
            }),
            new LedgerMutant("something-after-the-end", Rule.REPLAY, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                it.change(shape, before -> {
                    List<Entry> history = new ArrayList<>(before.history());
                    history.add(Spoiling.numbered(history.getLast(), history.size() + 1L));
                    return Spoiling.withHistory(before, history);
                });
            }),
            new LedgerMutant("a-branch-otherwise", Rule.REPLAY, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                it.change(shape, before -> {
                    Map<String, String> branches = new HashMap<>(before.branches());
                    branches.put("debit", "UNDONE");
                    return Spoiling.withBranches(before, branches);
                });
            }),
            new LedgerMutant("an-attempt-skipped", Rule.REPLAY, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                it.change(
                        shape,
                        before -> Spoiling.withHistory(
                                before,
                                before.history().stream()
                                        .map(entry -> entry.kind().equals("CALL_FINISHED") ? later(entry) : entry)
                                        .toList()));
            }));

    /** All of them. */
    public static List<LedgerMutant> all() {
        return ALL;
    }

    /** Whether the checker reports what this does to good evidence, under the rule that it breaks; not, where the evidence has nothing to spoil so. */
    boolean isCaught(Evidence good) {
        Spoiling spoiling = new Spoiling(good);
        try {
            lie.accept(spoiling);
        } catch (NoSuchElementException nothingToSpoil) {
            return false;
        }
        return Checker.judge(spoiling.spoilt()).stream().anyMatch(violation -> violation.rule() == rule);
    }

    /** A saga that was turned back after its first step. */
    private static Shape undone(Spoiling it) {
        return it.find(
                Pattern.SAGA,
                Standing.ABORTED,
                shape -> it.hasEffect(shape, "debit", "compensate")
                        && !it.hasEffect(shape, "credit", "action")
                        && shape.branches().stream()
                                .anyMatch(branch -> branch.name().equals("credit") && branch.canBeUndone()));
    }

    private static LedgerEffect as(LedgerEffect effect, String op, long later) {
        return new LedgerEffect(
                effect.ledger(),
                effect.number() + later,
                effect.at() + later,
                effect.gid(),
                effect.branch(),
                op,
                effect.attempt(),
                effect.fence(),
                effect.cents(),
                effect.receipt());
    }

    private static LedgerEffect numbered(LedgerEffect effect, long number) {
        return new LedgerEffect(
                effect.ledger(),
                number,
                effect.at(),
                effect.gid(),
                effect.branch(),
                effect.op(),
                effect.attempt(),
                effect.fence(),
                effect.cents(),
                effect.receipt());
    }

    private static LedgerEffect fenced(LedgerEffect effect, long fence) {
        return new LedgerEffect(
                effect.ledger(),
                effect.number(),
                effect.at(),
                effect.gid(),
                effect.branch(),
                effect.op(),
                effect.attempt(),
                fence,
                effect.cents(),
                effect.receipt());
    }

    private static LedgerEffect worth(LedgerEffect effect, long cents) {
        return new LedgerEffect(
                effect.ledger(),
                effect.number(),
                effect.at(),
                effect.gid(),
                effect.branch(),
                effect.op(),
                effect.attempt(),
                effect.fence(),
                cents,
                effect.receipt());
    }

    private static LedgerEffect receipt(LedgerEffect effect, String receipt) {
        return new LedgerEffect(
                effect.ledger(),
                effect.number(),
                effect.at(),
                effect.gid(),
                effect.branch(),
                effect.op(),
                effect.attempt(),
                effect.fence(),
                effect.cents(),
                receipt);
    }

    private static LedgerCall changed(LedgerCall call, long at, String op, String caller, String receipt) {
        return new LedgerCall(
                call.ledger(),
                at,
                call.gid(),
                call.branch(),
                op,
                call.attempt(),
                call.fence(),
                caller,
                call.isFromTheDead(),
                receipt);
    }

    private static LedgerCall as(LedgerCall call, String op) {
        return changed(call, call.at(), op, call.caller(), call.receipt());
    }

    private static LedgerCall at(LedgerCall call, long at) {
        return changed(call, at, call.op(), call.caller(), call.receipt());
    }

    private static LedgerCall carrying(LedgerCall call, String receipt) {
        return changed(call, call.at(), call.op(), call.caller(), receipt);
    }

    private static LedgerCall by(LedgerCall call, String caller) {
        return changed(call, call.at(), call.op(), caller, call.receipt());
    }

    private static Entry at(Entry entry, long at) {
        return new Entry(
                entry.revision(),
                at,
                entry.kind(),
                entry.branch(),
                entry.op(),
                entry.attempt(),
                entry.outcome(),
                entry.stateAfter());
    }

    private static Entry later(Entry entry) {
        return new Entry(
                entry.revision(),
                entry.at(),
                entry.kind(),
                entry.branch(),
                entry.op(),
                entry.attempt() + 1,
                entry.outcome(),
                entry.stateAfter());
    }
}
