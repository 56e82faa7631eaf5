package dev.entente.rocketmq;

/** Reports a half message that could not be sent: nothing was done, and nothing will be. */
public final class RocketUnavailable extends RuntimeException {
    private static final long serialVersionUID = 1;

    RocketUnavailable(String message, Throwable cause) {
        super(message, cause);
    }

    RocketUnavailable(String message) {
        super(message);
    }
}
