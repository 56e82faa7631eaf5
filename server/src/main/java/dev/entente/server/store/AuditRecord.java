package dev.entente.server.store;

/**
 * An act for the audit: its actor, its kind, and the reason.
 *
 * @param act such as {@code retry}
 * @param gid empty where no transaction is concerned
 * @param before the state before, for people
 * @param after the state after, for people
 */
public record AuditRecord(String actor, String act, String gid, String reason, String before, String after) {
    /** PostgreSQL's text cannot hold NUL, and a person's words may. */
    public AuditRecord {
        actor = actor.replace('\0', ' ');
        reason = reason.replace('\0', ' ');
    }
}
