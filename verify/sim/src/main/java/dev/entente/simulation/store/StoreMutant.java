package dev.entente.simulation.store;

/** A store that breaks one of its guarantees, so that a simulation can show that it detects the fault. */
public enum StoreMutant {
    /** The correct store. */
    NONE,
    /** Writes change a row regardless of its holder and rev. */
    FENCE_SKIPPED,
    /** Registering checks only the state, but neither the holder nor the mark, and does not raise the rev. */
    REGISTER_BY_STATE_ALONE,
    /** A commit with a lost answer counts as failed. */
    DOUBT_TAKEN_AS_FAILED,
    /** A transaction that a failover parked is nevertheless due at its deadline. */
    DUE_AFTER_FAILOVER,
    /** A commit that is refused for a temporary error counts as refused permanently. */
    PASSING_ERROR_FINAL,
    /** Claims include rows in formats that their incarnation does not know. */
    NEWER_CLAIMED,
    /** A claim that includes a row that was once unreadable claims nothing. */
    UNREADABLE_BLOCKS,
    /** A transaction that a restore parked is nevertheless due at its deadline. */
    DUE_AFTER_RESTORE,
    /** A failover does not raise the fences above those of lost commits, which participants may have seen. */
    FENCES_NOT_RAISED
}
