package dev.entente.outbox.contract;

/**
 * The result of the check of one promise.
 *
 * @param detail the observation, for people
 */
public record CarrierFinding(CarrierPromise promise, Verdict verdict, String detail) {
    /** The result of a check. */
    public enum Verdict {
        /** The carrier kept the promise. */
        KEPT,
        /** The carrier broke the promise. */
        BROKEN,
        /** The receiver does not support the behaviour. */
        NOT_CHECKED
    }
}
