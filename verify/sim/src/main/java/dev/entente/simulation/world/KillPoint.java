package dev.entente.simulation.world;

/** The points at which a process can be killed: right before or right after the operation. */
public enum KillPoint {
    ACCEPT,
    REGISTER,
    CALL_FORWARD,
    CALL_COMPLETION,
    CALL_UNDO,
    FLUSH,
    DECIDE,
    SLEEP,
    PARK,
    FINISH,
    TAKE,
    CLAIM,
    WAKE,
    ANSWER;

    /** The moment relative to the operation. */
    public enum Side {
        BEFORE,
        AFTER
    }
}
