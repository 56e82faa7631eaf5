package dev.entente.torture.check;

import dev.entente.torture.check.Shape.Pattern;

/** A check that a message and its local transaction both happen, or neither. */
final class Messages {
    private static final String CHECK = "check";

    private Messages() {}

    static void judge(TransactionEvidence one) {
        if (one.pattern() != Pattern.MESSAGE) {
            return;
        }
        String deliver = one.pattern().forward();
        boolean isDelivered = one.calls(deliver).findAny().isPresent()
                || one.effects().stream().anyMatch(effect -> effect.op().equals(deliver));
        if (isDelivered && (one.standing() == ReportedState.ABORTED || one.standing() == ReportedState.UNKNOWN)) {
            one.violates(Rule.BOTH_OR_NEITHER, "the message was delivered, and is " + one.standing());
        }
        if (one.shape().asksBack()) {
            addIfHalf(one, isDelivered);
        }
    }

    private static void addIfHalf(TransactionEvidence one, boolean isDelivered) {
        boolean isCommitted =
                one.effects().stream().anyMatch(effect -> effect.op().equals(Shape.LOCAL));
        if (isDelivered && !isCommitted) {
            one.violates(Rule.BOTH_OR_NEITHER, "the message was delivered without a local commit");
        }
        boolean isGone = one.standing() == ReportedState.ABORTED || one.standing() == ReportedState.UNKNOWN;
        if (isCommitted && isGone) {
            one.violates(Rule.BOTH_OR_NEITHER, "the local transaction was committed, the message is " + one.standing());
        }
        if (isCommitted && wasRefused(one)) {
            one.violates(
                    Rule.BOTH_OR_NEITHER,
                    "the check-back reported a rollback, and the local transaction was committed");
        }
        if (one.effects().stream()
                        .filter(effect -> effect.op().equals(Shape.LOCAL))
                        .count()
                > 1) {
            one.violates(Rule.ONCE, "the local transaction was committed twice");
        }
    }

    private static boolean wasRefused(TransactionEvidence one) {
        return one.txReport().history().stream()
                .anyMatch(entry -> entry.kind().equals("CALL_FINISHED")
                        && entry.op().equals(CHECK)
                        && entry.outcome().equals("REJECTED"));
    }
}
