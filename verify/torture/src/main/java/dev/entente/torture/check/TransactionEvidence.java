package dev.entente.torture.check;

import dev.entente.torture.check.Shape.Pattern;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The complete evidence about one transaction, in order of time.
 *
 * @param found receives the violations of the transaction
 */
record TransactionEvidence(
        Shape shape,
        List<ClientAnswer> reported,
        List<LedgerCall> calls,
        List<LedgerAnswer> answers,
        List<LedgerEffect> effects,
        TransactionReport txReport,
        List<Violation> found) {

    TransactionEvidence {
        reported = reported.stream()
                .sorted(Comparator.comparingLong(ClientAnswer::answeredAt))
                .toList();
        calls = calls.stream().sorted(Comparator.comparingLong(LedgerCall::at)).toList();
        effects = effects.stream()
                .sorted(Comparator.comparing(LedgerEffect::ledger).thenComparingLong(LedgerEffect::number))
                .toList();
    }

    String gid() {
        return shape.gid();
    }

    Pattern pattern() {
        return shape.pattern();
    }

    ReportedState standing() {
        return txReport.standing();
    }

    /** Returns whether violations may be derived from the record. */
    boolean isRead() {
        return txReport.isRead();
    }

    boolean was(ClientAnswer.Event what) {
        return reported.stream().anyMatch(one -> one.what() == what);
    }

    /** Returns the answers to clients with a state of the transaction, in order. */
    Stream<ClientAnswer> seen() {
        return reported.stream()
                .filter(one ->
                        one.what() != ClientAnswer.Event.COMMIT_SENT && one.what() != ClientAnswer.Event.ABORT_SENT);
    }

    Stream<LedgerCall> calls(String op) {
        return op.isEmpty()
                ? Stream.empty()
                : calls.stream().filter(call -> call.op().equals(op));
    }

    Stream<LedgerEffect> effects(String branch, String op) {
        return effects.stream()
                .filter(effect -> effect.branch().equals(branch) && effect.op().equals(op));
    }

    boolean has(String branch, String op) {
        return !op.isEmpty() && effects(branch, op).findAny().isPresent();
    }

    /** Returns whether the receiver of a delivery was removed, or an operator has given up the delivery. */
    boolean isDropped(String branch) {
        return txReport.history().stream()
                .anyMatch(entry ->
                        entry.kind().equals("DROPPED") && entry.branch().equals(branch));
    }

    void violates(Rule rule, String what) {
        found.add(new Violation(rule, gid(), what));
    }
}
