package dev.entente.lab.judge;

import dev.entente.v1.Pattern;
import dev.entente.v1.Transaction;
import java.util.Set;

/**
 * How one accepted transaction ended, as the coordinator has it.
 *
 * @param branches those that leave rows in the participants' ledgers when it succeeds
 */
public record Claim(String gid, Pattern pattern, Set<String> branches, End end) {
    /** How it stands after everything was given time to end. */
    public enum End {
        SUCCEEDED,
        ABORTED,
        /** A notification that was never acknowledged: no verdict about its effects. */
        GIVEN_UP,
        /** Waits for an operator: no verdict about its effects. */
        PARKED,
        /** Accepted, and now unknown, or neither ended nor parked. */
        LOST;

        /** Returns the end of a transaction in that state. */
        public static End of(Transaction.State state, boolean parked) {
            return switch (state) {
                case SUCCEEDED -> SUCCEEDED;
                case ABORTED -> ABORTED;
                case GIVEN_UP -> GIVEN_UP;
                case STATE_UNSPECIFIED, BEGUN, SCHEDULED, RUNNING, COMPLETING, UNDOING, UNRECOGNIZED ->
                    parked ? PARKED : LOST;
            };
        }
    }
}
