package dev.entente.client.call;

/** Tells that an answer began to come and could not be read here, such as one too large for the channel. */
public final class UnreadAnswer extends Exception {
    private static final long serialVersionUID = 1;

    /** @param cause the status that this side made of it */
    public UnreadAnswer(Throwable cause) {
        super(cause.getMessage(), cause);
    }
}
