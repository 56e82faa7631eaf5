package dev.entente.server.store;

/**
 * Who did what, and why.
 *
 * @param act such as {@code retry}
 * @param gid empty where no transaction is concerned
 * @param before the state before, for people
 * @param after the state after, for people
 */
public record AuditRecord(String actor, String act, String gid, String reason, String before, String after) {}
