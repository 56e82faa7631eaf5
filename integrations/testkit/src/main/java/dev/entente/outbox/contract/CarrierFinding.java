package dev.entente.outbox.contract;

/**
 * The result of the check of one promise.
 *
 * @param detail what was seen, for people
 */
public record CarrierFinding(CarrierPromise promise, Verdict verdict, String detail) {
    /** Says whether a promise holds. */
    public enum Verdict {
        /** It held. */
        KEPT,
        /** It did not. */
        BROKEN,
        /** The receiver cannot be made to behave so. */
        NOT_CHECKED
    }
}
