package dev.entente.server.store;

/**
 * An act for the audit: its actor, its kind, and the reason.
 *
 * @param act such as {@code retry}
 * @param gid empty where no transaction is concerned
 * @param before the state before, for people
 * @param after the state after, for people; of what was refused, REFUSED, the code, and behind a colon why
 * @param peer the address that the call came from, or empty
 * @param requestId which the call had or was given, or empty
 */
public record AuditRecord(
        String actor,
        String act,
        String gid,
        String reason,
        String before,
        String after,
        String peer,
        String requestId) {
    /** PostgreSQL's text cannot hold NUL, and a person's words may. */
    public AuditRecord {
        actor = withoutNul(actor);
        gid = withoutNul(gid);
        reason = withoutNul(reason);
        after = withoutNul(after);
    }

    /** An act whose caller's address is not known. */
    public AuditRecord(String actor, String act, String gid, String reason, String before, String after) {
        this(actor, act, gid, reason, before, after, "", "");
    }

    /** An act of a call. */
    public AuditRecord(
            String actor, String act, String gid, String reason, String before, String after, CallOrigin origin) {
        this(actor, act, gid, reason, before, after, origin.peer(), origin.requestId());
    }

    private static String withoutNul(String text) {
        return text.replace('\0', ' ');
    }
}
