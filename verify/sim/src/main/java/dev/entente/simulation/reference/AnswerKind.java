package dev.entente.simulation.reference;

/** The outcome of one call, as docs/participants.md names the answers. */
public enum AnswerKind {
    OK,
    REJECTED,
    /** A rejected with the trailer {@code entente-settled}. */
    REJECTED_SETTLED,
    FAILED,
    NOT_FOUND,
    /** A notification's receiver will never listen again. */
    GONE,
    IN_PROGRESS,
    MISCONFIGURED,
    /** A misconfigured that may pass: Attempts 5. */
    NOBODY_THERE,
    /** No answer, a timeout, a broken link. */
    SILENCE,
    /** The call did not leave: Attempts 1. */
    NOT_SENT;

    boolean isRejected() {
        return this == REJECTED || this == REJECTED_SETTLED;
    }
}
