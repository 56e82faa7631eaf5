package dev.entente.torture.check;

import dev.entente.torture.check.Shape.BranchShape;
import dev.entente.torture.check.Shape.Pattern;
import java.util.stream.Stream;

/** A comparison of a transaction's effects with its final state. */
final class Effects {
    private Effects() {}

    static void judge(TransactionEvidence one) {
        for (BranchShape branch : one.shape().branches()) {
            switch (one.standing()) {
                case SUCCEEDED -> addIfNotDone(one, branch);
                case ABORTED -> addIfNotUndone(one, branch);
                case OPEN, PARKED, GIVEN_UP, UNREAD -> {}
                case UNKNOWN -> addIfTouched(one, branch);
            }
            addIfBothWays(one, branch);
            addIfTwice(one, branch);
            addIfDoneAfterUndo(one, branch);
        }
    }

    private static void addIfNotDone(TransactionEvidence one, BranchShape branch) {
        Pattern pattern = one.pattern();
        if (!one.has(branch.name(), pattern.forward()) && !one.isDropped(branch.name())) {
            one.violates(Rule.ALL_OR_NOTHING, "succeeded without " + branch.name());
        }
        boolean isSettledByLedger = pattern == Pattern.TCC || pattern == Pattern.INTERACTIVE;
        if (isSettledByLedger && !one.has(branch.name(), pattern.completion())) {
            one.violates(Rule.ALL_OR_NOTHING, "succeeded, " + branch.name() + " was not confirmed");
        }
        if (one.has(branch.name(), pattern.undo())) {
            one.violates(Rule.ALL_OR_NOTHING, "succeeded, " + branch.name() + " is undone");
        }
    }

    private static void addIfNotUndone(TransactionEvidence one, BranchShape branch) {
        Pattern pattern = one.pattern();
        boolean isDone = one.has(branch.name(), pattern.forward());
        if (isDone && branch.canBeUndone() && !one.has(branch.name(), pattern.undo())) {
            one.violates(Rule.ALL_OR_NOTHING, "aborted, " + branch.name() + " is not undone");
        }
        if (isDone && branch.isPivot()) {
            one.violates(Rule.ALL_OR_NOTHING, "aborted, and its pivot " + branch.name() + " was done");
        }
        if (one.has(branch.name(), pattern.completion())) {
            one.violates(Rule.ALL_OR_NOTHING, "aborted, " + branch.name() + " is confirmed");
        }
    }

    private static void addIfTouched(TransactionEvidence one, BranchShape branch) {
        boolean isStanding = one.has(branch.name(), one.pattern().forward())
                && !one.has(branch.name(), one.pattern().undo());
        if (isStanding && branch.canBeUndone()) {
            one.violates(Rule.ALL_OR_NOTHING, "the transaction is unknown, and " + branch.name() + " is done");
        }
    }

    /** Reports a branch that is undone although another one is completed, also before the transaction has finished. */
    private static void addIfBothWays(TransactionEvidence one, BranchShape branch) {
        boolean isCompletedSomewhere = one.shape().branches().stream()
                .anyMatch(other -> one.has(other.name(), one.pattern().completion()));
        if (isCompletedSomewhere && one.has(branch.name(), one.pattern().undo())) {
            one.violates(Rule.ALL_OR_NOTHING, branch.name() + " is undone while another branch is completed");
        }
    }

    private static void addIfTwice(TransactionEvidence one, BranchShape branch) {
        Stream.of(
                        one.pattern().forward(),
                        one.pattern().completion(),
                        one.pattern().undo())
                .filter(op -> one.effects(branch.name(), op).count() > 1)
                .forEach(op -> one.violates(Rule.ONCE, op + " of " + branch.name() + " was done twice"));
    }

    private static void addIfDoneAfterUndo(TransactionEvidence one, BranchShape branch) {
        one.effects(branch.name(), one.pattern().undo())
                .flatMap(undo -> one.effects(branch.name(), one.pattern().forward())
                        .filter(effect -> effect.number() > undo.number()))
                .forEach(effect -> one.violates(
                        Rule.UNDONE_STAYS_UNDONE,
                        effect.op() + " of " + branch.name() + " was done after it was undone (attempt "
                                + effect.attempt() + ", fence " + effect.fence() + ")"));
    }
}
