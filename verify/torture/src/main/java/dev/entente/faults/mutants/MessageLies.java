package dev.entente.faults.mutants;

import dev.entente.faults.check.LedgerCall;
import dev.entente.faults.check.LedgerEffect;
import dev.entente.faults.check.Rule;
import dev.entente.faults.check.Shape;
import dev.entente.faults.check.Shape.BranchShape;
import dev.entente.faults.check.Shape.Pattern;
import dev.entente.faults.check.Standing;
import java.util.List;

/** Messages and notifications, spoilt. */
final class MessageLies {
    private static final String DELIVER = "deliver";

    private MessageLies() {}

    static final List<LedgerMutant> ALL = List.of(
            new LedgerMutant("succeeded-undelivered", Rule.ALL_OR_NOTHING, it -> {
                Shape shape = it.find(Pattern.MESSAGE, Standing.SUCCEEDED);
                it.dropAll(shape, shape.branches().getFirst().name(), DELIVER);
            }),
            new LedgerMutant("delivered-uncommitted", Rule.BOTH_OR_NEITHER, it -> {
                Shape shape = it.find(Pattern.MESSAGE, Standing.SUCCEEDED, Shape::asksBack);
                it.dropAll(shape, Shape.LOCAL, Shape.LOCAL);
            }),
            new LedgerMutant("committed-after-a-no", Rule.BOTH_OR_NEITHER, it -> {
                Shape shape = it.find(Pattern.MESSAGE, Standing.ABORTED, Shape::asksBack);
                it.add(effect(shape, Shape.LOCAL, Shape.LOCAL));
            }),
            new LedgerMutant("delivered-after-a-no", Rule.BOTH_OR_NEITHER, it -> {
                Shape shape = it.find(Pattern.MESSAGE, Standing.ABORTED, Shape::asksBack);
                it.add(effect(shape, shape.branches().getFirst().name(), DELIVER));
            }),
            new LedgerMutant("called-after-a-no", Rule.BOTH_OR_NEITHER, it -> {
                Shape shape = it.find(Pattern.MESSAGE, Standing.ABORTED, Shape::asksBack);
                String branch = shape.branches().getFirst().name();
                it.add(new LedgerCall("any", 0, shape.gid(), branch, DELIVER, 1, 0, "any", false, ""));
            }),
            new LedgerMutant("committed-twice", Rule.ONCE, it -> {
                Shape shape = it.find(Pattern.MESSAGE, Standing.SUCCEEDED, Shape::asksBack);
                it.add(effect(shape, Shape.LOCAL, Shape.LOCAL));
            }),
            new LedgerMutant("delivered-before-decided", Rule.ORDER_FIRST, it -> {
                Shape shape = it.find(Pattern.MESSAGE, Standing.SUCCEEDED, Shape::asksBack);
                LedgerCall call = it.call(shape, DELIVER);
                it.replace(call, Edits.at(call, it.acceptedAt(shape) - 60_000));
            }),
            new LedgerMutant("out-of-turn", Rule.IN_TURN, it -> {
                CorruptibleEvidence.Pair pair = it.inOneLane();
                LedgerCall first = it.call(pair.ahead(), pair.aheadBranch().name(), DELIVER);
                LedgerCall next = it.call(pair.next(), pair.nextBranch().name(), DELIVER);
                it.replace(next, Edits.at(next, first.at() - 1));
            }),
            new LedgerMutant("passed-by", Rule.IN_TURN, it -> {
                CorruptibleEvidence.Pair pair = it.inOneLane();
                it.dropAll(pair.ahead(), pair.aheadBranch().name(), DELIVER);
            }),
            new LedgerMutant("next-before-the-acknowledgement", Rule.IN_TURN, it -> {
                CorruptibleEvidence.Pair pair = it.inOneLane();
                long came =
                        it.call(pair.next(), pair.nextBranch().name(), DELIVER).at();
                it.changeHistory(
                        pair.ahead(),
                        entry -> isAnswered(entry.kind(), entry.branch(), pair.aheadBranch()),
                        entry -> Edits.at(entry, came + 60_000));
            }),
            new LedgerMutant("notified-nobody", Rule.ALL_OR_NOTHING, it -> {
                Shape shape = it.find(Pattern.NOTIFICATION, Standing.SUCCEEDED);
                it.dropAll(shape, shape.branches().getFirst().name(), DELIVER);
            }),
            new LedgerMutant("given-up-though-taken", Rule.ACCEPTED_ENDS, it -> {
                Shape shape = it.find(Pattern.NOTIFICATION, Standing.SUCCEEDED, Shape::mayBeGivenUp);
                it.change(shape, before -> Edits.standing(before, Standing.GIVEN_UP));
            }),
            new LedgerMutant("notified-twice", Rule.ONCE, it -> {
                Shape shape = it.find(
                        Pattern.NOTIFICATION,
                        Standing.SUCCEEDED,
                        one -> !one.branches().getFirst().mayRepeat());
                String branch = shape.branches().getFirst().name();
                it.add(Edits.as(it.effect(shape, branch, DELIVER), DELIVER, 1));
            }),
            new LedgerMutant("given-up-against-its-plan", Rule.ACCEPTED_ENDS, it -> {
                Shape shape = it.find(Pattern.NOTIFICATION, Standing.SUCCEEDED, one -> !one.mayBeGivenUp());
                it.change(shape, before -> Edits.standing(before, Standing.GIVEN_UP));
                it.changeHistory(
                        shape,
                        entry -> isAnswered(
                                entry.kind(), entry.branch(), shape.branches().getFirst()),
                        entry -> Edits.outcome(entry, "UNKNOWN"));
            }),
            new LedgerMutant("given-up-for-no-reason", Rule.ACCEPTED_ENDS, it -> {
                Shape shape = it.find(
                        Pattern.NOTIFICATION,
                        Standing.GIVEN_UP,
                        one -> it.dossier(one).history().stream()
                                .noneMatch(entry -> entry.kind().equals("ADOPTED")
                                        || entry.kind().equals("UNPARKED")));
                var _ = it.call(shape, DELIVER);
                it.forget(shape, entry -> entry.kind().equals("CALL_FINISHED"));
            }));

    private static LedgerEffect effect(Shape shape, String branch, String op) {
        return new LedgerEffect("any", Long.MAX_VALUE, Long.MAX_VALUE, shape.gid(), branch, op, 1, 0, 0, "");
    }

    private static boolean isAnswered(String kind, String branch, BranchShape delivery) {
        return kind.equals("CALL_FINISHED") && branch.equals(delivery.name());
    }
}
