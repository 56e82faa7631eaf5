package dev.entente.rocketmq;

/** Reports a local commit without an answer: it happened and its message is sent, or neither. */
public final class LocalUnanswered extends RuntimeException {
    private static final long serialVersionUID = 1;

    LocalUnanswered(String message, Throwable cause) {
        super(message, cause);
    }
}
