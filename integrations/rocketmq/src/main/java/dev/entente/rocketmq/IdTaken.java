package dev.entente.rocketmq;

/** Reports an id that was used before, or that the broker had asked about before. This call did nothing. */
public final class IdTaken extends RuntimeException {
    private static final long serialVersionUID = 1;

    IdTaken(String message) {
        super(message);
    }
}
