package dev.entente.server.engine;

import dev.entente.core.decision.Effect;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.GlobalTransaction;

/** The ended deliveries of a message with an ordering key, as of its last write. Used inside its mailbox only. */
final class FreedLanes {
    private int ended;

    FreedLanes(GlobalTransaction transaction) {
        this.ended = ended(transaction);
    }

    /**
     * Tells whether what rests behind deliveries of this message is to be made due by that write: once for each that
     * has ended, for what is woken in vain takes the room that others wait for.
     */
    boolean arePresent(GlobalTransaction transaction, Effect write) {
        int before = ended;
        ended = ended(transaction);
        boolean isOrdered = transaction.plan().terms().isOrdered();
        return isOrdered && (write instanceof Effect.Finish || ended > before);
    }

    private static int ended(GlobalTransaction transaction) {
        int ended = 0;
        if (transaction.plan().terms().isOrdered()) {
            for (BranchProgress branch : transaction.progress().branches()) {
                boolean hasEnded = branch.state() == BranchState.DONE || branch.state() == BranchState.SKIPPED;
                ended += hasEnded ? 1 : 0;
            }
        }
        return ended;
    }
}
