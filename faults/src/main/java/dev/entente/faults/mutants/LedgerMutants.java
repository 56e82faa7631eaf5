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
import java.util.function.Consumer;

/** Every way in which a run can be bad, done to the evidence of a good one: a lie in one ledger, one answer or one history. */
public enum LedgerMutants {
    ACCEPTED_IS_GONE(Rule.ACCEPTED_ENDS, it -> {
        Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
        it.change(shape, before -> Dossier.unknown(before.gid()));
    }),
    ACCEPTED_NEVER_ENDS(Rule.ACCEPTED_ENDS, it -> {
        Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
        it.change(shape, before -> Spoiling.standing(before, Standing.OPEN));
    }),
    SUCCEEDED_WITHOUT_A_BRANCH(Rule.ALL_OR_NOTHING, it -> {
        Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
        it.drop(it.effect(shape, "debit", "action"));
    }),
    SUCCEEDED_UNCONFIRMED(Rule.ALL_OR_NOTHING, it -> {
        Shape shape = it.find(Pattern.TCC, Standing.SUCCEEDED);
        it.drop(it.effect(shape, "credit", "confirm"));
    }),
    ABORTED_AND_STANDS(Rule.ALL_OR_NOTHING, it -> it.drop(it.effect(undone(it), "debit", "compensate"))),
    SUCCEEDED_AND_UNDONE(Rule.ALL_OR_NOTHING, it -> {
        Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
        it.add(as(it.effect(shape, "debit", "action"), "compensate", 1));
    }),
    ABORTED_AND_CONFIRMED(Rule.ALL_OR_NOTHING, it -> {
        Shape shape = it.find(Pattern.TCC, Standing.ABORTED, one -> it.hasEffect(one, "debit", "try"));
        it.add(as(it.effect(shape, "debit", "try"), "confirm", 1));
    }),
    HALF_COMMITTED(Rule.ALL_OR_NOTHING, it -> {
        Shape shape = it.find(Pattern.TWO_PHASE, Standing.SUCCEEDED);
        it.drop(it.effect(shape, "credit", "prepare"));
    }),
    ENDED_AND_STANDS_PREPARED(Rule.ALL_OR_NOTHING, it -> {
        Shape shape = it.find(Pattern.TWO_PHASE, Standing.ABORTED);
        it.changeBook(book ->
                new Book(book.ledger(), book.openingCents(), book.cents(), book.setAsideCents(), List.of(shape.gid())));
    }),
    DONE_TWICE(Rule.ONCE, it -> {
        Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
        it.add(as(it.effect(shape, "debit", "action"), "action", 1));
    }),
    UNDO_WITHOUT_ORDER(Rule.ORDER_FIRST, it -> {
        Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
        it.add(as(it.call(shape, "debit", "action"), "compensate"));
    }),
    CONFIRM_WITHOUT_ORDER(Rule.ORDER_FIRST, it -> {
        Shape shape = it.find(Pattern.TCC, Standing.SUCCEEDED);
        it.change(
                shape,
                before -> Spoiling.withHistory(
                        before,
                        Spoiling.without(before.history(), entry -> entry.kind().equals("DECIDED"))));
    }),
    CONFIRM_BEFORE_TRY(Rule.ORDER_FIRST, it -> {
        Shape shape = it.find(Pattern.TCC, Standing.SUCCEEDED);
        LedgerCall call = it.call(shape, "confirm");
        it.replace(call, at(call, it.effect(shape, "debit", "try").at() - 1));
    }),
    CONFIRM_BEFORE_COMMIT(Rule.ORDER_FIRST, it -> {
        Shape shape = it.find(Pattern.INTERACTIVE, Standing.SUCCEEDED);
        long confirmed = it.call(shape, "confirm").at();
        it.changeTold(
                told -> told.gid().equals(shape.gid()) && told.what() == Told.What.COMMIT_SENT,
                told -> new Told(told.gid(), confirmed + 1, confirmed + 1, told.what(), told.standing()));
    }),
    CONFIRM_AND_CANCEL(Rule.ORDER_FIRST, it -> {
        Shape shape = it.find(Pattern.TCC, Standing.SUCCEEDED);
        it.add(as(it.call(shape, "debit", "confirm"), "cancel"));
    }),
    DONE_AFTER_UNDO(Rule.UNDONE_STAYS_UNDONE, it -> {
        Shape shape = undone(it);
        LedgerEffect undo = it.effect(shape, "debit", "compensate");
        LedgerEffect action = it.effect(shape, "debit", "action");
        it.replace(action, numbered(action, undo.number() + 1));
    }),
    A_RECEIPT_NOBODY_GAVE(Rule.RESPONSE_ON_RECORD, it -> {
        Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
        LedgerCall call = it.call(shape, "credit", "action");
        it.replace(call, carrying(call, "another"));
    }),
    TWO_RECEIPTS(Rule.RESPONSE_ON_RECORD, it -> {
        Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
        LedgerEffect given = it.effect(shape, "debit", "action");
        it.add(receipt(numbered(as(given, "action", 0), given.number() - 1), "second"));
        it.add(carrying(it.call(shape, "credit", "action"), "second"));
    }),
    NO_RECEIPT(Rule.RESPONSE_ON_RECORD, it -> {
        Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
        LedgerCall call = it.call(shape, "credit", "action");
        it.replace(call, carrying(call, ""));
    }),
    DECIDED_AFTER_THE_UNDO(Rule.ORDER_FIRST, it -> {
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
    CALLED_BEFORE_ACCEPTED(Rule.ORDER_FIRST, it -> {
        Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
        LedgerCall call = it.call(shape, "debit", "action");
        it.replace(call, at(call, call.at() - 60_000));
    }),
    A_CALL_FROM_THE_DEAD(Rule.SUPERSEDED_IS_SILENT, it -> {
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
    REFUSED_AND_THERE(Rule.ANSWERS_STAND, it -> {
        Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
        it.add(new Told(shape.gid(), 1, 2, Told.What.REFUSED, Standing.UNKNOWN));
    }),
    ONE_FENCE_FOR_TWO(Rule.SUPERSEDED_IS_SILENT, it -> {
        Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
        it.add(by(it.call(shape, "credit", "action"), "somebody-else"));
    }),
    A_ZOMBIES_EFFECT_STANDS(Rule.SUPERSEDED_IS_SILENT, it -> {
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
    TOLD_ANOTHER_END(Rule.ANSWERS_STAND, it -> {
        Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED, one -> it.wasTold(one, Told.What.SEEN));
        it.changeTold(
                told -> told.gid().equals(shape.gid()) && told.standing().isEnd(),
                told -> new Told(told.gid(), told.askedAt(), told.answeredAt(), told.what(), Standing.ABORTED));
    }),
    ENDED_THEN_OPEN(Rule.ANSWERS_STAND, it -> {
        Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED, one -> it.wasTold(one, Told.What.SEEN));
        it.add(new Told(shape.gid(), Long.MAX_VALUE - 1, Long.MAX_VALUE, Told.What.SEEN, Standing.OPEN));
    }),
    A_COMMIT_BROKEN(Rule.ANSWERS_STAND, it -> {
        Shape shape = it.find(Pattern.INTERACTIVE, Standing.ABORTED);
        it.add(new Told(shape.gid(), 1, 2, Told.What.COMMITTED, Standing.OPEN));
    }),
    AN_ABORT_BROKEN(Rule.ANSWERS_STAND, it -> {
        Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
        it.add(new Told(shape.gid(), 1, 2, Told.What.ABORTED, Standing.OPEN));
    }),
    MONEY_FROM_NOWHERE(
            Rule.MONEY,
            it -> it.changeBook(book -> new Book(
                    book.ledger(), book.openingCents(), book.cents() + 1, book.setAsideCents(), book.standing()))),
    MONEY_LEFT_OVER(Rule.MONEY, it -> {
        Shape shape = it.find(Pattern.TCC, Standing.SUCCEEDED);
        LedgerEffect effect = it.effect(shape, "credit", "confirm");
        it.replace(effect, worth(effect, effect.cents() + 1));
    }),
    ANOTHER_STATE_THAN_ITS_HISTORY(Rule.REPLAY, it -> {
        Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
        it.change(shape, before -> Spoiling.withState(before, "ABORTED"));
    }),
    AN_EVENT_IS_MISSING(Rule.REPLAY, it -> {
        Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
        it.change(shape, before -> {
            List<Entry> history = new ArrayList<>(before.history());
            history.remove(1);
            return Spoiling.withHistory(before, history);
        });
    }),
    SOMETHING_AFTER_THE_END(Rule.REPLAY, it -> {
        Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
        it.change(shape, before -> {
            List<Entry> history = new ArrayList<>(before.history());
            history.add(Spoiling.numbered(history.getLast(), history.size() + 1L));
            return Spoiling.withHistory(before, history);
        });
    }),
    A_BRANCH_OTHERWISE(Rule.REPLAY, it -> {
        Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
        it.change(shape, before -> {
            Map<String, String> branches = new HashMap<>(before.branches());
            branches.put("debit", "UNDONE");
            return Spoiling.withBranches(before, branches);
        });
    }),
    AN_ATTEMPT_SKIPPED(Rule.REPLAY, it -> {
        Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
        it.change(
                shape,
                before -> Spoiling.withHistory(
                        before,
                        before.history().stream()
                                .map(entry -> entry.kind().equals("CALL_FINISHED") ? later(entry) : entry)
                                .toList()));
    });

    private final Rule rule;
    private final Consumer<Spoiling> lie;

    LedgerMutants(Rule rule, Consumer<Spoiling> lie) {
        this.rule = rule;
        this.lie = lie;
    }

    /** Whether the checker reports what this does to good evidence, under the rule that it breaks. */
    public boolean isCaught(Evidence good) {
        Spoiling spoiling = new Spoiling(good);
        lie.accept(spoiling);
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
