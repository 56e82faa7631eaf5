package dev.entente.torture.check;

/** A check for calls that arrived before they were requested. The reference checks all other order. */
final class CallOrder {
    private CallOrder() {}

    /** @param clocksMillis the maximum difference between the ledgers' clocks and the coordinators' database's */
    static void judge(TransactionEvidence one, long clocksMillis) {
        one.calls().stream()
                .filter(call -> call.isFromCoordinator() && !isAccepted(one, call.at() + clocksMillis))
                .findFirst()
                .ifPresent(call ->
                        one.violates(Rule.ORDER_FIRST, call.op() + " of " + call.branch() + " came before the accept"));
        one.calls(one.pattern().completion())
                .filter(call -> one.pattern() == Shape.Pattern.INTERACTIVE && !isCommitSent(one, call.at()))
                .findFirst()
                .ifPresent(
                        call -> one.violates(Rule.ORDER_FIRST, call.op() + " came before the client sent the Commit"));
    }

    /** Returns whether it was accepted by then: an unread transaction may have been, an unknown one was not. */
    private static boolean isAccepted(TransactionEvidence one, long at) {
        return one.standing() != ReportedState.UNKNOWN
                && one.txReport().history().stream()
                        .noneMatch(entry -> entry.kind().equals("ACCEPTED") && entry.at() > at);
    }

    private static boolean isCommitSent(TransactionEvidence one, long at) {
        return one.reported().stream()
                .anyMatch(reported -> reported.what() == ClientAnswer.Event.COMMIT_SENT && reported.askedAt() <= at);
    }
}
