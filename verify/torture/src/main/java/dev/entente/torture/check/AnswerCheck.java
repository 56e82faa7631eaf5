package dev.entente.torture.check;

import java.util.Set;

/** A comparison of the answers to clients with the final states. */
final class AnswerCheck {
    /**
     * The reasons for which a transaction must not be parked, unless its shape allows them. Their causes are an
     * operator action, a permanent refusal, a lost commit or a defect.
     */
    private static final Set<String> DEFECTS = Set.of(
            "UNREADABLE_ROW",
            "DEFECT",
            "TARGET_MISCONFIGURED",
            "UNDO_REFUSED",
            "COMPLETION_REFUSED",
            "DELIVERY_REFUSED",
            "BINDING_ABSENT",
            "BARRIER_EXPIRED",
            "DATABASE_MAY_HAVE_LOST_COMMITS",
            "RESTORED",
            "BY_OPERATOR",
            "FORWARD_REFUSED_PAST_PIVOT",
            "RETRIABLE_REFUSED");

    private AnswerCheck() {}

    /** @param waits whether the transaction waits in a queue behind a parked one: it finishes when that one does */
    static void judge(TransactionEvidence one, boolean waits) {
        ReportedState last = one.standing();
        boolean isKnown = one.seen()
                .anyMatch(reported ->
                        reported.what() != ClientAnswer.Event.REFUSED && reported.standing() != ReportedState.UNKNOWN);
        if (isKnown && last == ReportedState.UNKNOWN) {
            one.violates(Rule.ACCEPTED_ENDS, "a client saw the transaction, and it no longer exists");
        }
        if (last == ReportedState.OPEN && !waits) {
            one.violates(
                    Rule.ACCEPTED_ENDS,
                    "neither finished nor parked: " + one.txReport().state());
        }
        boolean isExplained = one.shape().mayParkFor().contains(one.txReport().parkedBecause());
        if (last == ReportedState.PARKED && DEFECTS.contains(one.txReport().parkedBecause()) && !isExplained) {
            one.violates(
                    Rule.ACCEPTED_ENDS,
                    "parked without a cause in the run: " + one.txReport().parkedBecause());
        }
        if (one.was(ClientAnswer.Event.REFUSED) && one.isRead() && last != ReportedState.UNKNOWN) {
            one.violates(Rule.ANSWERS_ARE_FINAL, "a client got a final refusal, and the transaction is " + last);
        }
        addIfForgotten(one);
        addContradictions(one);
        addBrokenDecisions(one);
    }

    /** Reports an accepted transaction that a later answer does not know. */
    private static void addIfForgotten(TransactionEvidence one) {
        one.reported().stream()
                .filter(reported -> reported.what() == ClientAnswer.Event.ACCEPTED)
                .flatMap(accepted -> one.reported().stream()
                        .filter(reported -> reported.what() == ClientAnswer.Event.SEEN
                                && reported.standing() == ReportedState.UNKNOWN)
                        .filter(reported -> reported.askedAt() >= accepted.answeredAt()))
                .findFirst()
                .ifPresent(_ -> one.violates(
                        Rule.ANSWERS_ARE_FINAL, "it was accepted, and a later answer reports it as unknown"));
    }

    /** Reports an answer that contradicts the record or an earlier answer with a final state. */
    private static void addContradictions(TransactionEvidence one) {
        for (ClientAnswer reported :
                one.seen().filter(reported -> reported.standing().isEnd()).toList()) {
            if (one.isRead() && one.standing() != reported.standing()) {
                one.violates(
                        Rule.ANSWERS_ARE_FINAL, "reported as " + reported.standing() + ", stored as " + one.standing());
            }
            one.seen()
                    .filter(later -> later.what() == ClientAnswer.Event.SEEN)
                    .filter(later ->
                            later.askedAt() >= reported.answeredAt() && later.standing() != reported.standing())
                    .findFirst()
                    .ifPresent(later -> one.violates(
                            Rule.ANSWERS_ARE_FINAL,
                            "reported as " + reported.standing() + ", then as " + later.standing()));
        }
    }

    private static void addBrokenDecisions(TransactionEvidence one) {
        if (one.was(ClientAnswer.Event.COMMITTED) && one.standing() == ReportedState.ABORTED) {
            one.violates(Rule.ANSWERS_ARE_FINAL, "its Commit was accepted, and it is aborted");
        }
        if (one.was(ClientAnswer.Event.ABORTED) && one.standing() == ReportedState.SUCCEEDED) {
            one.violates(Rule.ANSWERS_ARE_FINAL, "its Abort was accepted, and it succeeded");
        }
        addIfContradicted(one, ClientAnswer.Event.APPROVED, "REJECTED");
        addIfContradicted(one, ClientAnswer.Event.DISAPPROVED, "OK");
    }

    /**
     * Adds a violation unless the record contains the decision as it was given. If the approval expired, the plan may
     * have the same decision for the expiry.
     */
    private static void addIfContradicted(TransactionEvidence one, ClientAnswer.Event received, String contrary) {
        boolean isOtherwise = one.txReport().history().stream()
                .anyMatch(entry -> entry.kind().equals("APPROVAL_DECIDED")
                        && entry.outcome().equals(contrary));
        boolean isExpiredSo = one.txReport().history().stream()
                .anyMatch(entry -> entry.kind().equals("APPROVAL_EXPIRED")
                        && mayExpireSo(one, entry.branch(), received == ClientAnswer.Event.APPROVED));
        boolean isOnRecord = one.txReport().has("APPROVAL_DECIDED") || isExpiredSo;
        if (one.was(received) && one.isRead() && (isOtherwise || !isOnRecord)) {
            one.violates(
                    Rule.ANSWERS_ARE_FINAL, "approval answer " + received + " was accepted, and is not in the history");
        }
    }

    /** Returns whether the plan lets an approval expire with this decision. */
    private static boolean mayExpireSo(TransactionEvidence one, String approval, boolean asYes) {
        return one.shape().approvals().getOrDefault(approval, asYes) == asYes;
    }
}
