package dev.entente.server.store;

/** The result of a write. */
public sealed interface WriteResult {
    /** @param rev the row's rev after it */
    record Written(long rev) implements WriteResult {}

    /** The guard did not hold: nothing was changed. */
    record Lost() implements WriteResult {}
}
