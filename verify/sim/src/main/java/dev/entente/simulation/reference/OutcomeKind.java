package dev.entente.simulation.reference;

/** The outcome of one call, named as in docs/participants.md. */
public enum OutcomeKind {
    OK,
    REJECTED,
    /** A rejected with the trailer {@code entente-settled}. */
    REJECTED_SETTLED,
    FAILED,
    NOT_FOUND,
    /** The receiver of a notification is permanently unavailable. */
    GONE,
    IN_PROGRESS,
    MISCONFIGURED,
    /** A misconfigured that may be temporary ("Attempts" 5). */
    UNREACHABLE,
    /** No answer, a timeout, a broken connection. */
    SILENCE,
    /** The call did not leave ("Attempts" 1). */
    NOT_SENT;

    boolean isRejected() {
        return this == REJECTED || this == REJECTED_SETTLED;
    }
}
