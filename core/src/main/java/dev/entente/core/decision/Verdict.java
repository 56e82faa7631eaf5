package dev.entente.core.decision;

import dev.entente.core.transaction.ParkReason;

/** The consequence of a failed forward call for the transaction. */
sealed interface Verdict {
    Verdict SWITCH_TO_UNDO = new SwitchToUndo();

    record SwitchToUndo() implements Verdict {}

    /** Retries up to the limit, then applies that verdict. */
    record Retry(Verdict atLimit) implements Verdict {}

    /** Waits for an operator. */
    record Stuck(ParkReason reason) implements Verdict {}
}
