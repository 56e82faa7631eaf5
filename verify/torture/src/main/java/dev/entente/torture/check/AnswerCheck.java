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
                        reported.what() != ClientAnswer.What.REFUSED && reported.standing() != ReportedState.UNKNOWN);
        if (isKnown && last == ReportedState.UNKNOWN) {
            one.violates(Rule.ACCEPTED_ENDS, "a client saw the transaction, and it no longer exists");
        }
        if (last == ReportedState.OPEN && !waits) {
            one.violates(
                    Rule.ACCEPTED_ENDS,
                    "neither finished nor parked: " + one.dossier().state());
        }
        boolean isExplained = one.shape().mayParkFor().contains(one.dossier().parkedBecause());
        if (last == ReportedState.PARKED && DEFECTS.contains(one.dossier().parkedBecause()) && !isExplained) {
            one.violates(
                    Rule.ACCEPTED_ENDS,
                    "parked without a cause in the run: " + one.dossier().parkedBecause());
        }
        if (one.was(ClientAnswer.What.REFUSED) && one.isRead() && last != ReportedState.UNKNOWN) {
            one.violates(Rule.ANSWERS_ARE_FINAL, "a client got a final refusal, and the transaction is " + last);
        }
        addIfForgotten(one);
        addContradictions(one);
        addBrokenDecisions(one);
    }

    /** Reports an accepted transaction that a later answer does not know. */
    private static void addIfForgotten(TransactionEvidence one) {
        one.reported().stream()
                .filter(reported -> reported.what() == ClientAnswer.What.ACCEPTED)
                .flatMap(accepted -> one.reported().stream()
                        .filter(reported -> reported.what() == ClientAnswer.What.SEEN
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
                    .filter(later -> later.what() == ClientAnswer.What.SEEN)
                    .filter(later ->
                            later.askedAt() >= reported.answeredAt() && later.standing() != reported.standing())
                    .findFirst()
                    .ifPresent(later -> one.violates(
                            Rule.ANSWERS_ARE_FINAL,
                            "reported as " + reported.standing() + ", then as " + later.standing()));
        }
    }

    private static void addBrokenDecisions(TransactionEvidence one) {
        if (one.was(ClientAnswer.What.COMMITTED) && one.standing() == ReportedState.ABORTED) {
            one.violates(Rule.ANSWERS_ARE_FINAL, "its Commit was accepted, and it is aborted");
        }
        if (one.was(ClientAnswer.What.ABORTED) && one.standing() == ReportedState.SUCCEEDED) {
            one.violates(Rule.ANSWERS_ARE_FINAL, "its Abort was accepted, and it succeeded");
        }
        addIfContradicted(one, ClientAnswer.What.APPROVED, "REJECTED");
        addIfContradicted(one, ClientAnswer.What.DISAPPROVED, "OK");
    }

    /**
     * Adds a violation unless the record contains the decision as it was given. If the approval expired, the plan may
     * have the same decision for the expiry.
     */
    private static void addIfContradicted(TransactionEvidence one, ClientAnswer.What heard, String contrary) {
        boolean isOtherwise = one.dossier().history().stream()
                .anyMatch(entry -> entry.kind().equals("APPROVAL_DECIDED")
                        && entry.outcome().equals(contrary));
        boolean isExpiredSo = one.dossier().history().stream()
                .anyMatch(entry -> entry.kind().equals("APPROVAL_EXPIRED")
                        && mayExpireSo(one, entry.branch(), heard == ClientAnswer.What.APPROVED));
        boolean isOnRecord = one.dossier().has("APPROVAL_DECIDED") || isExpiredSo;
        if (one.was(heard) && one.isRead() && (isOtherwise || !isOnRecord)) {
            one.violates(
                    Rule.ANSWERS_ARE_FINAL, "approval answer " + heard + " was accepted, and is not in the history");
        }
    }

    /** Returns whether the plan lets an approval expire with this decision. */
    private static boolean mayExpireSo(TransactionEvidence one, String approval, boolean asYes) {
        return one.shape().approvals().getOrDefault(approval, asYes) == asYes;
    }
}
