package dev.entente.server.store;

/** The result of an owner's write. */
public sealed interface WriteResult {
    /**
     * A durable write.
     *
     * @param rev the row's rev after the write
     */
    record Written(long rev) implements WriteResult {}

    /** A write without effect: the guard did not hold. */
    record Lost() implements WriteResult {}
}
