package dev.entente.rocketmq;

/** Thrown where a local commit was not answered: it happened and its message leaves, or neither of them. */
public final class LocalUnanswered extends RuntimeException {
    private static final long serialVersionUID = 1;

    LocalUnanswered(String message, Throwable cause) {
        super(message, cause);
    }
}
