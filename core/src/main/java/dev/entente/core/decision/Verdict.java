package dev.entente.core.decision;

import dev.entente.core.transaction.ParkReason;

/** The consequence of a forward call's no for the transaction. */
sealed interface Verdict {
    Verdict TURN = new Turn();

    /** Undo. */
    record Turn() implements Verdict {}

    /** Ask again, up to the limit; then that. */
    record Retry(Verdict atLimit) implements Verdict {}

    /** Only an operator can help. */
    record Stuck(ParkReason reason) implements Verdict {}
}
