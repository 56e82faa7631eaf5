package dev.entente.server.transaction;

/** What an operation of a branch is for, whatever its pattern calls it. */
public enum Role {
    /** action, try, prepare, deliver. */
    FORWARD,
    /** confirm, commit. */
    COMPLETION,
    /** compensate, cancel, rollback. */
    UNDO
}
