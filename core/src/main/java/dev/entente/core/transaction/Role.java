package dev.entente.core.transaction;

/** The purpose of a branch's operation, common to all patterns. */
public enum Role {
    /** action, try, prepare, deliver. */
    FORWARD,
    /** confirm, commit. */
    COMPLETION,
    /** compensate, cancel, rollback. */
    UNDO
}
