package dev.entente.faults.check;

import dev.entente.faults.check.Shape.BranchShape;
import dev.entente.faults.check.Shape.Gate;
import dev.entente.faults.check.TransactionReport.Entry;
import java.util.ArrayList;
import java.util.List;

/** Compares calls that wait for an approval with the answers of people. */
final class Gates {
    private Gates() {}

    static List<Violation> judge(Case one, long clocksMillis) {
        List<Violation> violations = new ArrayList<>();
        for (BranchShape branch : one.shape().branches()) {
            Gate gate = branch.gate();
            if (gate != null && one.isRead()) {
                one.calls(one.pattern().forward())
                        .filter(call -> call.branch().equals(branch.name()))
                        .filter(call -> !isOpen(one, gate, call.at() + clocksMillis))
                        .findFirst()
                        .ifPresent(call -> violations.add(one.violates(
                                Rule.APPROVED_FIRST,
                                call.op() + " of " + call.branch() + " came, and " + gate.name()
                                        + " was not approved by then")));
            }
        }
        return violations;
    }

    /**
     * A no is for ever, so one yes on record is enough: {@link Histories} sees to it that nothing is answered twice.
     */
    private static boolean isOpen(Case one, Gate gate, long at) {
        return one.dossier().history().stream()
                .anyMatch(entry -> entry.branch().equals(gate.name()) && entry.at() <= at && opens(gate, entry));
    }

    private static boolean opens(Gate gate, Entry entry) {
        return switch (entry.kind()) {
            case "APPROVAL_DECIDED" -> entry.outcome().equals("OK");
            case "APPROVAL_EXPIRED" -> gate.opensOnExpiry();
            default -> false;
        };
    }
}
