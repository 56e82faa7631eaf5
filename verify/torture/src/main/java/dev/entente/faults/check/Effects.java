package dev.entente.faults.check;

import dev.entente.faults.check.Shape.BranchShape;
import dev.entente.faults.check.Shape.Pattern;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Compares the effects of a transaction with its end. */
final class Effects {
    private Effects() {}

    static List<Violation> judge(Case one) {
        List<Violation> violations = new ArrayList<>();
        for (BranchShape branch : one.shape().branches()) {
            switch (one.standing()) {
                case SUCCEEDED -> addIfNotDone(violations, one, branch);
                case ABORTED -> addIfNotUndone(violations, one, branch);
                case OPEN, PARKED, GIVEN_UP, UNREAD -> {}
                case UNKNOWN -> addIfTouched(violations, one, branch);
            }
            addIfBothWays(violations, one, branch);
            addIfTwice(violations, one, branch);
            addIfDoneAfterUndo(violations, one, branch);
        }
        return violations;
    }

    private static void addIfNotDone(List<Violation> violations, Case one, BranchShape branch) {
        Pattern pattern = one.pattern();
        if (!one.has(branch.name(), pattern.forward()) && !one.isDropped(branch.name())) {
            violations.add(one.violates(Rule.ALL_OR_NOTHING, "succeeded without " + branch.name()));
        }
        boolean isSettledByLedger = pattern == Pattern.TCC || pattern == Pattern.INTERACTIVE;
        if (isSettledByLedger && !one.has(branch.name(), pattern.completion())) {
            violations.add(one.violates(Rule.ALL_OR_NOTHING, "succeeded, " + branch.name() + " was not confirmed"));
        }
        if (one.has(branch.name(), pattern.undo())) {
            violations.add(one.violates(Rule.ALL_OR_NOTHING, "succeeded, " + branch.name() + " is undone"));
        }
    }

    private static void addIfNotUndone(List<Violation> violations, Case one, BranchShape branch) {
        Pattern pattern = one.pattern();
        boolean isDone = one.has(branch.name(), pattern.forward());
        if (isDone && branch.canBeUndone() && !one.has(branch.name(), pattern.undo())) {
            violations.add(one.violates(Rule.ALL_OR_NOTHING, "aborted, " + branch.name() + " stands"));
        }
        if (isDone && branch.isPivot()) {
            violations.add(
                    one.violates(Rule.ALL_OR_NOTHING, "aborted, and " + branch.name() + ", its pivot, was done"));
        }
        if (one.has(branch.name(), pattern.completion())) {
            violations.add(one.violates(Rule.ALL_OR_NOTHING, "aborted, " + branch.name() + " is confirmed"));
        }
    }

    private static void addIfTouched(List<Violation> violations, Case one, BranchShape branch) {
        boolean isStanding = one.has(branch.name(), one.pattern().forward())
                && !one.has(branch.name(), one.pattern().undo());
        if (isStanding && branch.canBeUndone()) {
            violations.add(one.violates(Rule.ALL_OR_NOTHING, "nobody knows it, and " + branch.name() + " is done"));
        }
    }

    /**
     * Reports a branch that is undone while another one is completed, also in a transaction that waits for an operator.
     */
    private static void addIfBothWays(List<Violation> violations, Case one, BranchShape branch) {
        boolean isCompletedSomewhere = one.shape().branches().stream()
                .anyMatch(other -> one.has(other.name(), one.pattern().completion()));
        if (isCompletedSomewhere && one.has(branch.name(), one.pattern().undo())) {
            violations.add(
                    one.violates(Rule.ALL_OR_NOTHING, branch.name() + " is undone while another branch is completed"));
        }
    }

    private static void addIfTwice(List<Violation> violations, Case one, BranchShape branch) {
        Stream.of(
                        one.pattern().forward(),
                        one.pattern().completion(),
                        one.pattern().undo())
                .filter(op -> one.effects(branch.name(), op).count() > 1)
                .map(op -> one.violates(Rule.ONCE, op + " of " + branch.name() + " was done twice"))
                .forEach(violations::add);
    }

    private static void addIfDoneAfterUndo(List<Violation> violations, Case one, BranchShape branch) {
        one.effects(branch.name(), one.pattern().undo())
                .flatMap(undo -> one.effects(branch.name(), one.pattern().forward())
                        .filter(effect -> effect.number() > undo.number()))
                .map(effect -> one.violates(
                        Rule.UNDONE_STAYS_UNDONE,
                        effect.op() + " of " + branch.name() + " was done after it was undone (attempt "
                                + effect.attempt() + ", fence " + effect.fence() + ")"))
                .forEach(violations::add);
    }
}
