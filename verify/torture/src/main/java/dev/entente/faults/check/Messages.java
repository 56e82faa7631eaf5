package dev.entente.faults.check;

import dev.entente.faults.check.Shape.Pattern;
import java.util.ArrayList;
import java.util.List;

/** A message and the local transaction that it goes with: both, or neither. */
final class Messages {
    private static final String CHECK = "check";

    private Messages() {}

    static List<Violation> judge(Case one) {
        List<Violation> violations = new ArrayList<>();
        if (one.pattern() != Pattern.MESSAGE) {
            return violations;
        }
        String deliver = one.pattern().forward();
        boolean isDelivered = one.calls(deliver).findAny().isPresent()
                || one.effects().stream().anyMatch(effect -> effect.op().equals(deliver));
        if (isDelivered && (one.standing() == Standing.ABORTED || one.standing() == Standing.UNKNOWN)) {
            violations.add(one.violates(Rule.BOTH_OR_NEITHER, "it was delivered, and is " + one.standing()));
        }
        if (one.shape().asksBack()) {
            addIfHalf(violations, one, isDelivered);
        }
        return violations;
    }

    private static void addIfHalf(List<Violation> violations, Case one, boolean isDelivered) {
        boolean isCommitted =
                one.effects().stream().anyMatch(effect -> effect.op().equals(Shape.LOCAL));
        if (isDelivered && !isCommitted) {
            violations.add(one.violates(
                    Rule.BOTH_OR_NEITHER, "it was delivered, and its local transaction was not committed"));
        }
        boolean isGone = one.standing() == Standing.ABORTED || one.standing() == Standing.UNKNOWN;
        if (isCommitted && isGone) {
            violations.add(one.violates(
                    Rule.BOTH_OR_NEITHER, "its local transaction was committed, and it is " + one.standing()));
        }
        if (isCommitted && saidNo(one)) {
            violations.add(one.violates(
                    Rule.BOTH_OR_NEITHER,
                    "who was asked said that its local transaction was rolled back, and it was committed"));
        }
        if (one.effects().stream()
                        .filter(effect -> effect.op().equals(Shape.LOCAL))
                        .count()
                > 1) {
            violations.add(one.violates(Rule.ONCE, "its local transaction was committed twice"));
        }
    }

    private static boolean saidNo(Case one) {
        return one.dossier().history().stream()
                .anyMatch(entry -> entry.kind().equals("CALL_FINISHED")
                        && entry.op().equals(CHECK)
                        && entry.outcome().equals("REJECTED"));
    }
}
