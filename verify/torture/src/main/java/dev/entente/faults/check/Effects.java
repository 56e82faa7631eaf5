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
        addIfGivenUpUnheard(violations, one);
        addCompletedUntried(violations, one);
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
     * A notification is given up because it went wrong, or because its time was over before it was called. What went
     * wrong before a takeover, or while it was parked, may be off the record.
     */
    private static void addIfGivenUpUnheard(List<Violation> violations, Case one) {
        if (one.standing() != Standing.GIVEN_UP || one.dossier().isStated()) {
            return;
        }
        boolean isTaken = answers(one).anyMatch("OK"::equals);
        boolean wentWrong = answers(one).anyMatch(outcome -> !outcome.equals("OK"))
                || one.dossier().has("ADOPTED")
                || one.dossier().has("UNPARKED")
                || one.calls(one.pattern().forward()).findAny().isEmpty();
        if (one.pattern() != Pattern.NOTIFICATION || isTaken || !wentWrong) {
            violations.add(one.violates(Rule.ACCEPTED_ENDS, "given up, and nothing on record went wrong"));
        }
        if (!one.shape().mayBeGivenUp()) {
            violations.add(one.violates(Rule.ACCEPTED_ENDS, "given up, and its receiver would have taken it"));
        }
    }

    private static Stream<String> answers(Case one) {
        return one.dossier().history().stream()
                .filter(entry -> entry.kind().equals("CALL_FINISHED"))
                .map(TransactionReport.Entry::outcome);
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

    /**
     * Reports completions of branches that were never tried, also if they were refused and the transaction is only
     * parked. Prepared work shows in no ledger before it is committed.
     */
    private static void addCompletedUntried(List<Violation> violations, Case one) {
        if (one.pattern() != Pattern.TWO_PHASE) {
            one.calls(one.pattern().completion())
                    .map(LedgerCall::branch)
                    .distinct()
                    .filter(branch -> !one.has(branch, one.pattern().forward()))
                    .map(branch -> one.violates(
                            Rule.ORDER_FIRST, branch + " was called to complete what nobody has seen it do"))
                    .forEach(violations::add);
        }
    }

    private static void addIfTwice(List<Violation> violations, Case one, BranchShape branch) {
        Stream.of(
                        one.pattern().forward(),
                        one.pattern().completion(),
                        one.pattern().undo())
                .filter(op ->
                        !branch.mayRepeat() && one.effects(branch.name(), op).count() > 1)
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
