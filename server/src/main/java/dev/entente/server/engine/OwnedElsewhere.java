package dev.entente.server.engine;

/** The failure for a transaction that another incarnation holds: ask that incarnation. */
public final class OwnedElsewhere extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final long owner;

    public OwnedElsewhere(long owner) {
        super("held by incarnation " + owner, null, false, false);
        this.owner = owner;
    }

    /** Returns the incarnation that holds the transaction. */
    public long owner() {
        return owner;
    }
}
