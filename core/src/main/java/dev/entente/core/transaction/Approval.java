package dev.entente.core.transaction;

import java.time.Duration;
import java.util.List;

/**
 * An approval: a question to a person in place of a forward call.
 *
 * @param prompt the question that people read
 * @param within the time limit for the answer, counted from the question; above zero
 * @param approvers the principals that may answer; empty for every operator
 */
public record Approval(String prompt, Duration within, Expiry onExpiry, List<String> approvers) {

    /** The decision that applies if the approval expires. {@link #code} is stored and sent. */
    public enum Expiry {
        /** Rejects: the transaction switches to undo. */
        REJECT(1),
        /** Approves. */
        APPROVE(2),
        /** Decides nothing: the transaction is parked, and the approval can still be answered. */
        PARK(3);

        private final int code;

        Expiry(int code) {
            this.code = code;
        }

        public int code() {
            return code;
        }

        /** @throws IllegalArgumentException if no expiry has this code */
        public static Expiry of(int code) {
            if (code < 1 || code > values().length) {
                throw new IllegalArgumentException("no expiry of an approval has the code " + code);
            }
            return values()[code - 1];
        }
    }
}
