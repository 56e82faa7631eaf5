package dev.entente.faults.check;

import java.util.ArrayList;
import java.util.List;

/** What clients were told against what stands in the end. */
final class Answers {
    private Answers() {}

    static List<Violation> judge(Case one) {
        List<Violation> violations = new ArrayList<>();
        Standing last = one.standing();
        boolean isKnown =
                one.seen().anyMatch(told -> told.what() != Told.What.REFUSED && told.standing() != Standing.UNKNOWN);
        if (isKnown && last == Standing.UNKNOWN) {
            violations.add(one.violates(Rule.ACCEPTED_ENDS, "a client was told of it, and it is gone"));
        }
        if (last == Standing.OPEN) {
            violations.add(one.violates(
                    Rule.ACCEPTED_ENDS,
                    "neither ended nor parked: " + one.dossier().state()));
        }
        if (one.was(Told.What.REFUSED) && last != Standing.UNKNOWN) {
            violations.add(one.violates(Rule.ANSWERS_STAND, "a client was refused for certain, and it is " + last));
        }
        addIfForgotten(violations, one);
        addContradictions(violations, one);
        addBrokenDecisions(violations, one);
        return violations;
    }

    /** What was accepted is known to whoever is asked after that. */
    private static void addIfForgotten(List<Violation> violations, Case one) {
        one.told().stream()
                .filter(told -> told.what() == Told.What.ACCEPTED)
                .flatMap(accepted -> one.told().stream()
                        .filter(told -> told.what() == Told.What.SEEN && told.standing() == Standing.UNKNOWN)
                        .filter(told -> told.askedAt() >= accepted.answeredAt()))
                .findFirst()
                .ifPresent(_ -> violations.add(one.violates(
                        Rule.ANSWERS_STAND, "it was accepted, and then a client was told that nobody knows it")));
    }

    /** Once somebody was told an end, whoever asks after that is told the same. */
    private static void addContradictions(List<Violation> violations, Case one) {
        for (Told told : one.seen().filter(told -> told.standing().isEnd()).toList()) {
            if (one.standing() != told.standing()) {
                violations.add(one.violates(
                        Rule.ANSWERS_STAND, "a client was told " + told.standing() + ", it is " + one.standing()));
            }
            one.seen()
                    .filter(later -> later.what() == Told.What.SEEN)
                    .filter(later -> later.askedAt() >= told.answeredAt() && later.standing() != told.standing())
                    .findFirst()
                    .ifPresent(later -> violations.add(one.violates(
                            Rule.ANSWERS_STAND,
                            "a client was told " + told.standing() + ", then " + later.standing())));
        }
    }

    private static void addBrokenDecisions(List<Violation> violations, Case one) {
        if (one.was(Told.What.COMMITTED) && one.standing() == Standing.ABORTED) {
            violations.add(one.violates(Rule.ANSWERS_STAND, "its Commit was taken, and it is aborted"));
        }
        if (one.was(Told.What.ABORTED) && one.standing() == Standing.SUCCEEDED) {
            violations.add(one.violates(Rule.ANSWERS_STAND, "its Abort was taken, and it succeeded"));
        }
    }
}
