package dev.entente.faults.check;

import dev.entente.faults.check.Shape.BranchShape;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** Undos and completions, as they were done, against the order of the plan: over any number of edges. */
final class Precedence {
    private Precedence() {}

    /** @param clocksMillis how far two ledgers' clocks may be apart */
    static List<Violation> judge(Case one, long clocksMillis) {
        List<Violation> violations = new ArrayList<>();
        for (BranchShape later : one.shape().branches()) {
            for (String earlier : one.shape().above(later.name())) {
                addIfUndoneTooLate(violations, one, earlier, later, clocksMillis);
                addIfCompletedTooEarly(violations, one, earlier, later, clocksMillis);
            }
        }
        return violations;
    }

    private static OptionalLong first(Case one, String branch, String op) {
        return one.effects(branch, op).mapToLong(LedgerEffect::at).min();
    }

    private static void addIfUndoneTooLate(
            List<Violation> violations, Case one, String earlier, BranchShape later, long clocksMillis) {
        OptionalLong undone = first(one, earlier, one.pattern().undo());
        OptionalLong done = first(one, later.name(), one.pattern().forward());
        if (undone.isEmpty() || done.isEmpty() || !later.canBeUndone()) {
            return;
        }
        boolean wasDoneBefore = done.getAsLong() + clocksMillis < undone.getAsLong();
        long laterUndone = first(one, later.name(), one.pattern().undo()).orElse(Long.MAX_VALUE);
        if (wasDoneBefore && laterUndone - clocksMillis > undone.getAsLong()) {
            violations.add(one.violates(
                    Rule.IN_ORDER, earlier + " was undone while " + later.name() + ", which comes after it, stood"));
        }
    }

    private static void addIfCompletedTooEarly(
            List<Violation> violations, Case one, String earlier, BranchShape later, long clocksMillis) {
        OptionalLong completed = first(one, later.name(), one.pattern().completion());
        if (completed.isEmpty()) {
            return;
        }
        long before = first(one, earlier, one.pattern().completion()).orElse(Long.MAX_VALUE);
        if (before - clocksMillis > completed.getAsLong()) {
            violations.add(one.violates(
                    Rule.IN_ORDER, later.name() + " was completed before " + earlier + ", which it comes after"));
        }
    }
}
