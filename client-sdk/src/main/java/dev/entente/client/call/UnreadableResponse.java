package dev.entente.client.call;

/** A response that arrived but could not be read here, such as one too large for the channel. */
public final class UnreadableResponse extends Exception {
    private static final long serialVersionUID = 1;

    /** @param cause the status that this client's gRPC reported */
    public UnreadableResponse(Throwable cause) {
        super(cause.getMessage(), cause);
    }
}
