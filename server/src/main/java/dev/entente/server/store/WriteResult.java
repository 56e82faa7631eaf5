package dev.entente.server.store;

/** The answer to an owner's write. */
public sealed interface WriteResult {
    /**
     * The write is durable.
     *
     * @param rev the row's rev after it
     */
    record Written(long rev) implements WriteResult {}

    /** The guard did not hold: nothing was changed. */
    record Lost() implements WriteResult {}
}
