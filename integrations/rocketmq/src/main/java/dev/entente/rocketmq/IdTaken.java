package dev.entente.rocketmq;

/** Thrown where an id was used before, or the broker had asked before: nothing was done by this call. */
public final class IdTaken extends RuntimeException {
    private static final long serialVersionUID = 1;

    IdTaken(String message) {
        super(message);
    }
}
