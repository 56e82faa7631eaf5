package dev.entente.faults.check;

import dev.entente.faults.check.Shape.BranchShape;
import dev.entente.faults.check.Shape.Pattern;
import dev.entente.faults.check.TransactionReport.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Completions and undos, as they arrived, against what ordered them. */
final class Orders {
    private Orders() {}

    /** @param clocksMillis how far the ledgers' clocks and the coordinators' database's may be apart */
    static List<Violation> judge(Case one, long clocksMillis) {
        List<Violation> violations = new ArrayList<>();
        Optional<LedgerCall> completion = one.calls(one.pattern().completion()).findFirst();
        Optional<LedgerCall> undo = one.calls(one.pattern().undo()).findFirst();
        if (one.isRead()) {
            completion.ifPresent(call -> addIfNotOrdered(violations, one, call, "COMPLETING", Standing.ABORTED));
            undo.ifPresent(call -> addIfNotOrdered(violations, one, call, "UNDOING", Standing.SUCCEEDED));
        }
        if (completion.isPresent() && undo.isPresent()) {
            violations.add(one.violates(
                    Rule.ORDER_FIRST,
                    "both " + one.pattern().completion() + " and "
                            + one.pattern().undo() + " came"));
        }
        addIfBeforeItsFact(violations, one, clocksMillis);
        completion.ifPresent(call -> {
            addIfBeforeAllWereDone(violations, one, call);
            addIfBeforeTheClient(violations, one, call);
        });
        return violations;
    }

    /** A call may leave only after its order is durable: then the order is in the history for ever. */
    private static void addIfNotOrdered(
            List<Violation> violations, Case one, LedgerCall call, String order, Standing contrary) {
        boolean isOnRecord = one.dossier().history().stream()
                .anyMatch(entry ->
                        entry.kind().equals("DECIDED") && entry.stateAfter().equals(order));
        if (!isOnRecord || one.standing() == contrary) {
            violations.add(one.violates(
                    Rule.ORDER_FIRST,
                    call.op() + " of " + call.branch() + " came, and nothing on record orders it; it is "
                            + one.standing()));
        }
    }

    /** Reports calls that came before the event in the history that they need. */
    private static void addIfBeforeItsFact(List<Violation> violations, Case one, long clocksMillis) {
        if (one.standing() == Standing.UNKNOWN) {
            one.calls().stream()
                    .filter(LedgerCall::isFromCoordinator)
                    .findFirst()
                    .ifPresent(call -> violations.add(one.violates(
                            Rule.ORDER_FIRST, call.op() + " of " + call.branch() + " came, and nobody knows of it")));
        }
        for (Entry fact : one.dossier().history()) {
            one.calls().stream()
                    .filter(call -> needs(one, call, fact) && call.at() + clocksMillis < fact.at())
                    .findFirst()
                    .ifPresent(call -> violations.add(one.violates(
                            Rule.ORDER_FIRST,
                            call.op() + " of " + call.branch() + " came " + (fact.at() - call.at()) + " ms before "
                                    + fact.kind())));
        }
    }

    private static boolean needs(Case one, LedgerCall call, Entry fact) {
        // three-phase commit has a second operation that goes forward
        boolean isForward =
                call.op().equals(one.pattern().forward()) || call.op().equals(Shape.PRE_COMMIT);
        return switch (fact.kind()) {
            case "ACCEPTED" -> call.isFromCoordinator();
            // a message is decided, too, if it asks back; all else goes forward before that
            case "DECIDED" -> one.shape().asksBack() ? isForward : !isForward;
            case "PIVOT_CALLED" -> isForward && call.branch().equals(fact.branch());
            default -> false;
        };
    }

    /** Confirm and commit make good what is there: every branch, and before them. */
    private static void addIfBeforeAllWereDone(List<Violation> violations, Case one, LedgerCall call) {
        if (one.pattern() == Pattern.TWO_PHASE) {
            return; // what is prepared shows in no ledger before it is committed
        }
        for (BranchShape branch : one.shape().branches()) {
            OptionalLong done = one.effects(branch.name(), one.pattern().forward())
                    .mapToLong(LedgerEffect::at)
                    .min();
            if (done.isEmpty() || done.getAsLong() > call.at()) {
                violations.add(one.violates(
                        Rule.ORDER_FIRST,
                        call.op() + " of " + call.branch() + " came before " + branch.name() + " was tried"));
            }
        }
    }

    private static void addIfBeforeTheClient(List<Violation> violations, Case one, LedgerCall call) {
        boolean isSent = one.told().stream()
                .anyMatch(told -> told.what() == ClientAnswer.What.COMMIT_SENT && told.askedAt() <= call.at());
        if (one.pattern() == Pattern.INTERACTIVE && !isSent) {
            violations.add(one.violates(Rule.ORDER_FIRST, call.op() + " came before its client had sent its Commit"));
        }
    }
}
