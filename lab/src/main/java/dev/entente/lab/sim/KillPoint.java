package dev.entente.lab.sim;

/** The points at which a process can be killed: right before or right after it does this. */
enum KillPoint {
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

    /** One of the two sides. */
    enum Side {
        BEFORE,
        AFTER
    }
}
