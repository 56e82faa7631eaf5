package dev.entente.idempotency;

/** The result of a claim on a key. */
public sealed interface KeyClaim {
    /** The key was free, and belongs to the caller now. */
    KeyClaim TAKEN = new Taken();
    /** An attempt with the same content is running. */
    KeyClaim RUNNING = new Running();
    /** The key belongs to another content. */
    KeyClaim OTHER_CONTENT = new OtherContent();

    /** An attempt with the same content has succeeded, with a response that was too large to store. */
    KeyClaim NOT_KEPT = new NotKept();

    /** The key was free, and belongs to the caller now. */
    record Taken() implements KeyClaim {}

    /** An attempt with the same content is running. */
    record Running() implements KeyClaim {}

    /** An attempt with the same content has succeeded, with a response that was too large to store. */
    record NotKept() implements KeyClaim {}

    /** The key belongs to another content. */
    record OtherContent() implements KeyClaim {}

    /**
     * An attempt with the same content has succeeded.
     *
     * @param bytes the stored response; must not be changed
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Answered(byte[] bytes) implements KeyClaim {}
}
