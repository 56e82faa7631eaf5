package dev.entente.simulation.store;

/** A store that breaks one of its promises, so that a simulation can show that it would notice. */
public enum StoreMutant {
    /** As it should be. */
    NONE,
    /** Writes change a row whoever holds it and whatever its rev. */
    FENCE_SKIPPED,
    /** Registering looks at the state alone: not at who holds the row, nor at its mark, and does not raise its rev. */
    REGISTER_BY_STATE_ALONE,
    /** A commit whose answer was lost counts as failed. */
    DOUBT_TAKEN_AS_FAILED,
    /** A transaction parked by a failover is due at its deadline all the same. */
    DUE_AFTER_FAILOVER,
    /** A commit that is refused for something that passes counts as refused for good. */
    PASSING_ERROR_FINAL,
    /** Claims take rows of formats that their incarnation does not know. */
    NEWER_CLAIMED,
    /** A claim that meets a row that could not be read once takes nothing. */
    UNREADABLE_BLOCKS,
    /** A transaction parked by a restore is due at its deadline all the same. */
    DUE_AFTER_RESTORE,
    /** A failover does not raise the fences above those that participants may have seen of what is lost. */
    FENCES_NOT_RAISED
}
