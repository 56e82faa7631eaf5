package dev.entente.torture.check;

import dev.entente.torture.check.Shape.BranchShape;
import java.util.Set;
import java.util.stream.Collectors;

/** A comparison of the receipts in later steps with the answers of earlier steps. */
final class Receipts {
    private Receipts() {}

    static void judge(TransactionEvidence one) {
        for (BranchShape branch : one.shape().branches()) {
            String source = branch.readsFrom();
            if (source != null) {
                judge(one, branch, source);
                addIfCompletedWithout(one, branch, source);
            }
        }
    }

    /** Reports a branch that is completed without the receipt of its own try. */
    private static void addIfCompletedWithout(TransactionEvidence one, BranchShape branch, String source) {
        boolean isWithout = one.calls(one.pattern().completion())
                .anyMatch(call ->
                        call.branch().equals(branch.name()) && call.receipt().isEmpty());
        if (source.equals(branch.name()) && isWithout) {
            one.violates(Rule.RESPONSE_ON_RECORD, branch.name() + " was completed without the receipt of its own try");
        }
    }

    private static void judge(TransactionEvidence one, BranchShape branch, String source) {
        Set<String> carried = one.calls().stream()
                .filter(call ->
                        call.branch().equals(branch.name()) && !call.receipt().isEmpty())
                .map(LedgerCall::receipt)
                .collect(Collectors.toSet());
        Set<String> answered = one.effects(source, one.pattern().forward())
                .map(LedgerEffect::receipt)
                .collect(Collectors.toSet());
        carried.stream()
                .filter(receipt -> !answered.contains(receipt))
                .forEach(receipt -> one.violates(
                        Rule.RESPONSE_ON_RECORD, branch.name() + " carried a receipt that " + source + " never sent"));
        if (carried.size() > 1) {
            one.violates(
                    Rule.RESPONSE_ON_RECORD,
                    branch.name() + " carried " + carried.size() + " different receipts of " + source);
        }
        boolean readsBefore = !source.equals(branch.name()) && one.pattern() == Shape.Pattern.SAGA;
        boolean isForwardWithout = one.calls(one.pattern().forward())
                .anyMatch(call ->
                        call.branch().equals(branch.name()) && call.receipt().isEmpty());
        if (readsBefore && isForwardWithout) {
            one.violates(Rule.RESPONSE_ON_RECORD, branch.name() + " was called without a receipt of " + source);
        }
    }
}
