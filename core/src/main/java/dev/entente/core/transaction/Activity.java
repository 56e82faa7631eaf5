package dev.entente.core.transaction;

/** The work of the holder of a transaction for one of its branches, at this moment. */
public enum Activity {
    NONE,
    /** The engine looks whether it is this delivery's turn: nothing has left. */
    AWAITING_TURN,
    /** All deliveries before it have ended, which stays so: it may be called. */
    HAS_TURN,
    /** A call is under way. */
    CALLING
}
