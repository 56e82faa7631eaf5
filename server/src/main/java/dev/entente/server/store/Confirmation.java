package dev.entente.server.store;

/**
 * A second person's yes to an act that another has asked for. The act's write holds only while the request is open, and
 * closes it.
 *
 * @param request the id of its row in {@code act_request}
 * @param actor who confirms
 * @param reason the confirming person's own
 * @param peer the address that the confirmation came from
 */
public record Confirmation(long request, String actor, String reason, String peer) {

    /** Returns the audit entry of the confirmation, beside that of the act. */
    public AuditRecord entry(AuditRecord act) {
        String what = "request " + request + ", " + act.act() + " of " + act.actor();
        return new AuditRecord(
                actor,
                "confirm",
                act.gid(),
                reason.isEmpty() ? what : what + ": " + reason,
                act.before(),
                act.after(),
                peer,
                "");
    }
}
