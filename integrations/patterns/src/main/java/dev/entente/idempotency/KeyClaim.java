package dev.entente.idempotency;

/** The state of a key that somebody asked for. */
public sealed interface KeyClaim {
    /** It was free, and is the caller's now. */
    KeyClaim TAKEN = new Taken();
    /** An attempt with the same content is under way. */
    KeyClaim RUNNING = new Running();
    /** It stands for another content. */
    KeyClaim OTHER_CONTENT = new OtherContent();

    /** An attempt with the same content has ended well, with an answer that was too large to be kept. */
    KeyClaim NOT_KEPT = new NotKept();

    /** It was free, and is the caller's now. */
    record Taken() implements KeyClaim {}

    /** An attempt with the same content is under way. */
    record Running() implements KeyClaim {}

    /** An attempt with the same content has ended well, with an answer that was too large to be kept. */
    record NotKept() implements KeyClaim {}

    /** It stands for another content. */
    record OtherContent() implements KeyClaim {}

    /**
     * An attempt with the same content has ended well.
     *
     * @param bytes as they were kept; not to be changed
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Answered(byte[] bytes) implements KeyClaim {}
}
