package dev.entente.faults.mutants;

import dev.entente.faults.check.ClientAnswer;
import dev.entente.faults.check.LedgerAnswer;
import dev.entente.faults.check.LedgerCall;
import dev.entente.faults.check.LedgerEffect;
import dev.entente.faults.check.Rule;
import dev.entente.faults.check.Shape;
import dev.entente.faults.check.Shape.Pattern;
import dev.entente.faults.check.Standing;
import java.util.List;

/** Falsifies the record of calls that arrived at participants. */
final class CallLies {
    private CallLies() {}

    static final List<LedgerMutant> ALL = List.of(
            new LedgerMutant("undo-without-order", Rule.ORDER_FIRST, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                it.add(Edits.as(it.call(shape, "debit", "action"), "compensate"));
            }),
            new LedgerMutant("confirm-without-order", Rule.ORDER_FIRST, it -> {
                Shape shape = it.find(Pattern.TCC, Standing.SUCCEEDED);
                it.forget(shape, entry -> entry.kind().equals("DECIDED"));
            }),
            new LedgerMutant("confirm-before-try", Rule.ORDER_FIRST, it -> {
                Shape shape = it.find(Pattern.TCC, Standing.SUCCEEDED);
                LedgerCall call = it.call(shape, "confirm");
                it.replace(call, Edits.at(call, it.effect(shape, "debit", "try").at() - 1));
            }),
            new LedgerMutant("confirm-before-commit", Rule.ORDER_FIRST, it -> {
                Shape shape = it.find(Pattern.INTERACTIVE, Standing.SUCCEEDED);
                long confirmed = it.call(shape, "confirm").at();
                it.changeTold(
                        told -> told.gid().equals(shape.gid()) && told.what() == ClientAnswer.What.COMMIT_SENT,
                        told -> new ClientAnswer(
                                told.gid(), confirmed + 1, confirmed + 1, told.what(), told.standing()));
            }),
            new LedgerMutant("confirm-and-cancel", Rule.ORDER_FIRST, it -> {
                Shape shape = it.find(Pattern.TCC, Standing.SUCCEEDED);
                it.add(Edits.as(it.call(shape, "debit", "confirm"), "cancel"));
            }),
            new LedgerMutant("a-receipt-nobody-gave", Rule.RESPONSE_ON_RECORD, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                LedgerCall call = it.call(shape, "credit", "action");
                it.replace(call, Edits.carrying(call, "another"));
            }),
            new LedgerMutant("two-receipts", Rule.RESPONSE_ON_RECORD, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                LedgerEffect given = it.effect(shape, "debit", "action");
                it.add(Edits.receipt(Edits.numbered(Edits.as(given, "action", 0), given.number() - 1), "second"));
                it.add(Edits.carrying(it.call(shape, "credit", "action"), "second"));
            }),
            new LedgerMutant("no-receipt", Rule.RESPONSE_ON_RECORD, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                LedgerCall call = it.call(shape, "credit", "action");
                it.replace(call, Edits.carrying(call, ""));
            }),
            new LedgerMutant("confirmed-without-its-receipt", Rule.RESPONSE_ON_RECORD, it -> {
                Shape shape = it.find(Pattern.TCC, Standing.SUCCEEDED, CallLies::carriesItsOwn);
                LedgerCall call = it.call(shape, "credit", "confirm");
                it.replace(call, Edits.carrying(call, ""));
            }),
            new LedgerMutant("decided-after-the-undo", Rule.ORDER_FIRST, it -> {
                Shape shape = it.undone();
                long undone = it.call(shape, "debit", "compensate").at();
                it.changeHistory(
                        shape, entry -> entry.kind().equals("DECIDED"), entry -> Edits.at(entry, undone + 5000));
            }),
            new LedgerMutant("called-before-accepted", Rule.ORDER_FIRST, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                LedgerCall call = it.call(shape, "debit", "action");
                it.replace(call, Edits.at(call, it.acceptedAt(shape) - 60_000));
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
            new LedgerMutant("the-first-owner-answered-late", Rule.SUPERSEDED_IS_SILENT, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                LedgerAnswer newer = it.answer(shape, "debit", "action");
                it.add(answered(newer, newer.at() + 1, newer.attempt() + 7, newer.fence() + 1));
                it.add(answered(newer, newer.at() + 2, newer.attempt() + 8, newer.fence()));
            }),
            new LedgerMutant("one-fence-for-two", Rule.SUPERSEDED_IS_SILENT, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                it.add(Edits.by(it.call(shape, "credit", "action"), "somebody-else"));
            }));

    private static LedgerAnswer answered(LedgerAnswer like, long at, int attempt, long fence) {
        return new LedgerAnswer(like.ledger(), at, like.gid(), like.branch(), like.op(), attempt, fence, like.base());
    }

    private static boolean carriesItsOwn(Shape shape) {
        return shape.branches().stream()
                .anyMatch(branch ->
                        branch.name().equals("credit") && branch.name().equals(branch.readsFrom()));
    }
}
