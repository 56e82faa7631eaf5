package dev.entente.server.engine;

/** Another incarnation holds the transaction: ask there. */
public final class HeldElsewhere extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final long owner;

    public HeldElsewhere(long owner) {
        super("held by incarnation " + owner, null, false, false);
        this.owner = owner;
    }

    /** The incarnation that holds it. */
    public long owner() {
        return owner;
    }
}
